namespace FedLowRank.Training.Torch.Devices;

/// <summary>Memory of a device, of all processes that use it; for the processor, of the machine.</summary>
/// <param name="TotalBytes">All there is.</param>
/// <param name="FreeBytes">What nobody uses now.</param>
public readonly record struct DeviceMemory(long TotalBytes, long FreeBytes);
