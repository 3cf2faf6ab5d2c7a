namespace FedLowRank.Federation.Storage.Blobs.Files;

/// <summary>What a store does to a disk. Each by itself happens or does not.</summary>
internal enum DiskStep
{
    CreateFolder,
    CreateFile,
    Write,
    Stamp,
    SyncFile,
    Rename,
    SyncFolder,
    DeleteFile,
    DeleteFolder,
}
