namespace FedLowRank.Engines.Tests;

public sealed class DeviceSmokeTests
{
    [Fact]
    public void The_native_library_loads()
    {
        using var one = TorchSharp.torch.ones(3);
        Assert.Equal(3, one.sum().item<float>());
    }
}
