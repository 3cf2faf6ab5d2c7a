using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Grains.Serialization;

/// <summary>A fault whose kind counts for whoever called, as it travels.</summary>
[GenerateSerializer, Alias("fedlowrank.fault"), Immutable]
internal struct FaultSurrogate
{
    /// <summary>Its kind, or the run's name.</summary>
    [Id(0)]
    public string Kind;

    /// <summary>For people.</summary>
    [Id(1)]
    public string Message;
}

[RegisterConverter]
internal sealed class JournalFaults : IConverter<JournalException, FaultSurrogate>
{
    public JournalException ConvertFromSurrogate(in FaultSurrogate surrogate) => new(
        Enum.TryParse<JournalError>(surrogate.Kind, out var error) ? error : JournalError.Unavailable,
        surrogate.Message);

    public FaultSurrogate ConvertToSurrogate(in JournalException value) =>
        new() { Kind = value.Error.ToString(), Message = value.Message["journal: ".Length..] };
}

[RegisterConverter]
internal sealed class BlobFaults : IConverter<BlobException, FaultSurrogate>
{
    public BlobException ConvertFromSurrogate(in FaultSurrogate surrogate) => new(
        Enum.TryParse<BlobError>(surrogate.Kind, out var error) ? error : BlobError.Unavailable, surrogate.Message);

    public FaultSurrogate ConvertToSurrogate(in BlobException value) =>
        new() { Kind = value.Error.ToString(), Message = value.Message["blobs: ".Length..] };
}

[RegisterConverter]
internal sealed class DamagedRuns : IConverter<RunDamagedException, FaultSurrogate>
{
    public RunDamagedException ConvertFromSurrogate(in FaultSurrogate surrogate) =>
        new(new(new RunId(surrogate.Kind), surrogate.Message));

    public FaultSurrogate ConvertToSurrogate(in RunDamagedException value) =>
        new() { Kind = value.Damaged.Run.Value, Message = value.Damaged.Message };
}
