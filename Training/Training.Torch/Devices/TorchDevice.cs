using System.Runtime.InteropServices;
using FedLowRank.Training.Torch.Steps;
using TorchSharp;

namespace FedLowRank.Training.Torch.Devices;

/// <summary>A device that libtorch can compute on.</summary>
public sealed class TorchDevice
{
    private TorchDevice(DeviceName name) => Name = name;

    /// <summary>What it is called.</summary>
    public DeviceName Name { get; }

    /// <summary>Whether it is a GPU.</summary>
    public bool IsCuda => Name.CudaIndex is not null;

    /// <summary>What TorchSharp calls it.</summary>
    public torch.Device Handle => Name.CudaIndex is { } index ? new(DeviceType.CUDA, index) : new(DeviceType.CPU);

    /// <summary>Loads libtorch and makes sure of the device.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</param>
    /// <exception cref="EngineException">
    /// No such device, or libtorch or the driver cannot be used; says what to install.
    /// </exception>
    public static TorchDevice Open(string name)
    {
        var wanted = DeviceName.Parse(name);
        TorchLibrary.Load();
        if (wanted.CudaIndex is { } index) RequireCuda(wanted, index);
        return new(wanted);
    }

    /// <summary>How much memory there is now.</summary>
    public DeviceMemory Memory() => Name.CudaIndex is { } index ? CudaDriver.Memory(index) : HostMemory.Now();

    /// <summary>
    /// Makes libtorch's allocator give back what it keeps of a GPU and no tensor uses; else the driver counts it as
    /// taken.
    /// </summary>
    internal void ReleaseUnused()
    {
        if (IsCuda) ReleaseUnused(Handle);
    }

    /// <summary>
    /// TorchSharp 0.107 has no call for it. But before the allocator refuses anything it gives back all that is unused,
    /// and this it must refuse.
    /// </summary>
    internal static void ReleaseUnused(torch.Device device)
    {
        const long MoreThanThereIs = 1L << 50;
        try
        {
            torch.empty(MoreThanThereIs, torch.ScalarType.Byte, device).Dispose();
        }
        catch (ExternalException error) when (OutOfMemory.Is(error))
        {
            // As meant.
        }
    }

    /// <summary>The name that its maker gave it; for the processor, how many cores it has.</summary>
    public string Model() => Name.CudaIndex is { } index
        ? CudaDriver.NameOf(index)
        : FormattableString.Invariant($"{Environment.ProcessorCount} cores");

    /// <summary>Of a GPU's driver; null for the processor.</summary>
    public DriverVersions? Driver() => IsCuda ? new(CudaDriver.Version(), CudaDriver.CudaVersion()) : null;

    private static void RequireCuda(DeviceName wanted, int index)
    {
        if (!TorchLibrary.HasCuda)
        {
            throw new EngineException(
                $"device is {wanted}; this build has the native package TorchSharp-cpu, which knows no GPU",
                "build or publish ClientAgent/ClientAgent.Torch with -p:Torch=cuda, which brings the package "
                + "TorchSharp-cuda-linux, or set the device to cpu");
        }

        if (CudaDriver.Problem() is { } problem)
        {
            throw new EngineException(
                $"device is {wanted}; {problem}",
                $"install NVIDIA's driver for CUDA {TorchLibrary.CudaVersion} or newer, and in a container give it "
                + "the GPU; nvidia-smi must show it");
        }

        var count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (index >= count) throw NoSuchGpu(wanted, count);
    }

    /// <summary>What is said of an index that no GPU has.</summary>
    internal static EngineException NoSuchGpu(DeviceName wanted, int count) => new(
        count switch
        {
            0 => $"device is {wanted}; libtorch finds no GPU that it can use",
            1 => $"device is {wanted}; there is 1 device: cuda:0",
            _ => FormattableString.Invariant($"device is {wanted}; there are {count}: cuda:0 to cuda:{count - 1}"),
        },
        count == 0
            ? $"see whether nvidia-smi shows the GPU, whether CUDA_VISIBLE_DEVICES hides it, and whether the driver is "
                + $"for CUDA {TorchLibrary.CudaVersion} or newer"
            : "name one of them");
}
