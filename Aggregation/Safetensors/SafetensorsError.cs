namespace FedLowRank.Aggregation.Safetensors;

/// <summary>What is wrong with a safetensors file, or with what is to be written as one.</summary>
public enum SafetensorsError
{
    /// <summary>The file ends before its header or its last tensor does.</summary>
    Truncated,

    /// <summary>The declared header length is below 2 bytes, the length of <c>{}</c>.</summary>
    HeaderTooShort,

    /// <summary>The declared header length exceeds <see cref="SafetensorsLimits.HeaderBytesMax"/>.</summary>
    HeaderTooLong,

    /// <summary>The header is not one UTF-8 JSON object without comments, or is nested too deeply.</summary>
    HeaderNotJson,

    /// <summary>
    /// An entry of the header lacks a field, has a field of the wrong kind, or has an unknown or repeated one.
    /// </summary>
    MalformedEntry,

    /// <summary>Two tensors, or two metadata entries, have the same name.</summary>
    DuplicateName,

    /// <summary>More tensors, dimensions, or longer names than <see cref="SafetensorsLimits"/> allows.</summary>
    LimitExceeded,

    /// <summary>The dtype is not one of <see cref="SafetensorsDType"/>.</summary>
    UnknownDType,

    /// <summary>A side is negative, or shape x dtype size does not fit 63 bits.</summary>
    ShapeOverflow,

    /// <summary>A data offset is negative or beyond 2^62, or the end lies before the begin.</summary>
    OffsetsOutOfRange,

    /// <summary>Data offsets span another number of bytes than shape x dtype size.</summary>
    SizeMismatch,

    /// <summary>Two tensors share bytes.</summary>
    Overlap,

    /// <summary>Bytes between two tensors belong to neither.</summary>
    Gap,

    /// <summary>Bytes follow the last tensor.</summary>
    TrailingBytes,

    /// <summary>A value is NaN or infinite, or becomes infinite in the type it is converted to.</summary>
    NonFinite,

    /// <summary>The tensor holds integers or booleans where floats are wanted.</summary>
    NotFloat,

    /// <summary>The file has no tensor of that name.</summary>
    MissingTensor,
}
