namespace FedLowRank.Training.Torch.Devices;

/// <summary>Of a GPU's driver.</summary>
/// <param name="Version">Its own, for example <c>570.86.15</c>; null where the system does not tell.</param>
/// <param name="Cuda">The newest CUDA that it serves, for example <c>12.8</c>.</param>
public sealed record DriverVersions(string? Version, string Cuda);
