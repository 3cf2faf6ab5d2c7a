using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Federation.Planning;

/// <summary>What a run file says: a run of the service before its start is computed and its noise calibrated.</summary>
public sealed record RunConfig
{
    /// <summary>Where it came from, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>Hugging Face folder of the base model, on the run owner's machine.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>How the agents hold the base model's linear layers.</summary>
    public required WeightFormat BaseFormat { get; init; }

    /// <summary>What is learnt of a text.</summary>
    public required TaskKind Task { get; init; }

    /// <summary>Column of the text.</summary>
    public required string TextColumn { get; init; }

    /// <summary>Column of the label; null in next-token training.</summary>
    public required string? LabelColumn { get; init; }

    /// <summary>All labels, each once, in ordinal order; null in next-token training.</summary>
    public required IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Longest example in tokens.</summary>
    public required int TokensMax { get; init; }

    /// <summary>The federated method and its start.</summary>
    public required MethodConfig Method { get; init; }

    /// <summary>The adapter.</summary>
    public required LoraConfig Lora { get; init; }

    /// <summary>Number of rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>Local training; its sampling rate is given.</summary>
    public required TrainingConfig Training { get; init; }

    /// <summary>The guarantee; null where the file says that the run is not private.</summary>
    public required PrivacyConfig? Privacy { get; init; }

    /// <summary>Most that one agent's declared weight counts; 1 weighs all alike.</summary>
    public required int WeightMax { get; init; }

    /// <summary>Of all that is drawn for the start.</summary>
    public required int Seed { get; init; }

    /// <summary>Whom a round needs and how long it waits.</summary>
    public required RoundPolicy Policy { get; init; }

    /// <summary>What starts the next round.</summary>
    public required RunSchedule Schedule { get; init; }

    /// <summary>Number of shards; null to choose it by the adapter's size.</summary>
    public required int? Shards { get; init; }

    /// <summary>What the start depends on.</summary>
    public StartTerms StartTerms => new(Source, Task, TokensMax, Method, Lora, (ulong)Seed, BaseFormat);
}
