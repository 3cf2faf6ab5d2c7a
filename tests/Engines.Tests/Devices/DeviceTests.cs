// Goal: a device is opened by its name, and what cannot be had is refused with its value, the limit and advice.
using System.Globalization;
using FedLowRank.Training;
using FedLowRank.Training.Torch.Devices;
using TorchSharp;

namespace FedLowRank.Engines.Tests.Devices;

public sealed class DeviceTests
{
    [Theory]
    [InlineData("cpu", null)]
    [InlineData("cuda", 0)]
    [InlineData("cuda:0", 0)]
    [InlineData("cuda:12", 12)]
    [InlineData("cuda:127", 127)]
    public void A_name_is_read(string text, int? index) => Assert.Equal(index, DeviceName.Parse(text).CudaIndex);

    [Theory]
    [InlineData("")]
    [InlineData("CPU")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1x")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:128")]
    [InlineData("cuda:99999999999999999999")]
    [InlineData("cpu:0")]
    public void What_is_no_name_is_refused_with_the_limit(string text)
    {
        var error = Assert.Throws<EngineException>(() => DeviceName.Parse(text));
        Assert.Contains($"'{text}'; expected cpu, cuda or cuda:N", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Advice);
    }

    [Theory]
    [InlineData(0, "finds no GPU", "nvidia-smi")]
    [InlineData(1, "there is 1 device: cuda:0", "name one of them")]
    [InlineData(2, "there are 2: cuda:0 to cuda:1", "name one of them")]
    public void A_GPU_that_is_not_there_is_refused_with_those_that_are(int count, string message, string advice)
    {
        var error = TorchDevice.NoSuchGpu(DeviceName.Parse("cuda:3"), count);
        Assert.Contains("device is cuda:3", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void The_build_for_the_processor_says_which_package_knows_GPUs()
    {
        Assert.False(TorchLibrary.HasCuda);
        var error = Assert.Throws<EngineException>(() => TorchDevice.Open("cuda:1"));
        Assert.Contains("cuda:1", error.Message, StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cpu", error.Message, StringComparison.Ordinal);
        Assert.Contains("-p:Torch=cuda", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void The_processor_is_open_with_its_memory_and_the_librarys_true_version()
    {
        var device = TorchDevice.Open("cpu");
        Assert.Equal(DeviceType.CPU, device.Handle.type);
        var memory = device.Memory();
        Assert.InRange(memory.FreeBytes, 1, memory.TotalBytes);
        Assert.Null(device.Driver());
        Assert.Equal(TorchLibrary.BindingWants, TorchLibrary.Version);
        Assert.Equal(typeof(torch).Assembly.GetName().Version!.ToString(2), VersionOf(TorchLibrary.BindingVersion));
        using var sum = torch.ones(3, device: device.Handle).sum();
        Assert.Equal(3, sum.item<float>());
    }

    [Theory]
    [InlineData(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\nGCC version: 12.2.0",
        "550.54.14")]
    [InlineData("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build", "570.86.15")]
    [InlineData("nothing of that kind. At all.", null)]
    public void The_drivers_version_is_found_in_what_the_kernel_says(string text, string? version) =>
        Assert.Equal(version, CudaDriver.VersionIn(text));

    private static string VersionOf(string text) => string.Join('.', text.Split('.').Take(2)
        .Select(part => int.Parse(part, CultureInfo.InvariantCulture)));
}
