namespace FedLowRank.Aggregation.Safetensors;

/// <summary>
/// What a reader accepts at most, so that memory for a header stays in proportion to the bytes that really arrive.
/// The defaults admit every published model; a gateway sets its own.
/// </summary>
public sealed record SafetensorsLimits
{
    /// <summary>The defaults.</summary>
    public static SafetensorsLimits Default { get; } = new();

    /// <summary>Longest header, in bytes; the default is that of the reference implementation.</summary>
    public int HeaderBytesMax { get; init; } = 100_000_000;

    /// <summary>Most tensors in one file.</summary>
    public int TensorsMax { get; init; } = 100_000;

    /// <summary>Longest tensor or metadata name, in bytes of the header's JSON.</summary>
    public int NameBytesMax { get; init; } = 1_024;

    /// <summary>Most dimensions of one tensor.</summary>
    public int DimensionsMax { get; init; } = 16;
}
