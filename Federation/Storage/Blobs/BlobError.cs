namespace FedLowRank.Federation.Storage.Blobs;

/// <summary>Why a blob store cannot do what it was asked.</summary>
public enum BlobError
{
    /// <summary>The declared size exceeds the limit.</summary>
    TooLarge,

    /// <summary>The upload was begun with another size.</summary>
    OtherSize,

    /// <summary>There is no such upload; it may have expired.</summary>
    UploadNotFound,

    /// <summary>Another call is writing the upload.</summary>
    UploadBusy,

    /// <summary>The write does not begin where the upload ends.</summary>
    WrongOffset,

    /// <summary>There is more content than was declared.</summary>
    ContentTooLong,

    /// <summary>Not all of the content is there yet.</summary>
    Incomplete,

    /// <summary>The content is not what its hash says; the upload is dropped.</summary>
    HashMismatch,

    /// <summary>There is no such blob.</summary>
    BlobNotFound,

    /// <summary>The range does not lie within the blob.</summary>
    BadRange,

    /// <summary>A stored blob is not what its hash says.</summary>
    Damaged,

    /// <summary>No space is left.</summary>
    DiskFull,

    /// <summary>The disk fails, or the service that stands for it is not reached.</summary>
    Unavailable,
}
