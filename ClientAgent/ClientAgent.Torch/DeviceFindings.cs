using FedLowRank.ClientAgent.Doctor;
using FedLowRank.Training.Torch.Devices;

namespace FedLowRank.ClientAgent.Torch;

/// <summary>What <c>doctor</c> says of a device that is open: name, memory, driver and library.</summary>
internal static class DeviceFindings
{
    public static IEnumerable<Finding> Of(TorchDevice device)
    {
        yield return Finding.Ok("device", $"{device.Name} ({device.Model()})");
        yield return Memory(device.Name, device.Memory());
        if (device.Driver() is { } driver) yield return Driver(driver);
        yield return Library(TorchLibrary.BindingVersion, TorchLibrary.Version, TorchLibrary.BindingWants);
    }

    internal static Finding Memory(DeviceName device, DeviceMemory memory)
    {
        var message = FormattableString.Invariant(
            $"{memory.FreeBytes >> 20} of {memory.TotalBytes >> 20} MiB of {device} are free");
        return memory.FreeBytes >= memory.TotalBytes / 2
            ? Finding.Ok("device memory", message)
            : Finding.Warn(
                "device memory", message,
                "others use this device; batches are cut smaller and take longer, unless they leave it");
    }

    internal static Finding Driver(DriverVersions driver)
    {
        var message = $"NVIDIA {driver.Version ?? "of unknown version"}, serves CUDA {driver.Cuda}; "
            + $"libtorch is built for {TorchLibrary.CudaVersion}";
        return Version.Parse(driver.Cuda) >= Version.Parse(TorchLibrary.CudaVersion)
            ? Finding.Ok("driver", message)
            : Finding.Warn("driver", message, "a newer driver is safer; within a major version older ones mostly work");
    }

    internal static Finding Library(string binding, string library, string wanted)
    {
        var message = $"TorchSharp {binding} with libtorch {library}";
        return library == wanted
            ? Finding.Ok("libraries", message)
            : Finding.Warn(
                "libraries", message,
                $"TorchSharp {binding} was made for libtorch {wanted}; build or publish with the packages as pinned");
    }
}
