using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.ClientAgent.Bench;

/// <summary>What is to be measured.</summary>
internal sealed record BenchOrder
{
    /// <summary>A folder with weights; null for random ones.</summary>
    public required string? Model { get; init; }

    /// <summary>Where there is no folder: a name of <see cref="ModelShapes"/> or a <c>config.json</c>.</summary>
    public required string? Shape { get; init; }

    /// <summary>PEFT's names of the layers with a pair; none for the usual ones of the family.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Of a step.</summary>
    public required ExerciseSize Size { get; init; }

    /// <summary>Steps whose median counts; one more goes before them.</summary>
    public required int Steps { get; init; }

    /// <summary>How the frozen weights are held.</summary>
    public required WeightFormat Format { get; init; }

    /// <summary>Null for as many as there are cores.</summary>
    public required int? Threads { get; init; }
}
