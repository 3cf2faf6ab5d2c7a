namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>How far an upload is.</summary>
/// <param name="Id">Its name.</param>
/// <param name="SizeBytes">Of the whole content.</param>
/// <param name="DurableBytes">What is on the disk; the next write begins there.</param>
public sealed record UploadStatus(UploadId Id, long SizeBytes, long DurableBytes);
