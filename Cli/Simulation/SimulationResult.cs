using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation.Configuration;

namespace FedLowRank.Cli.Simulation;

/// <summary>What one simulated federation did; the source of the JSON, CSV and HTML results.</summary>
public sealed record SimulationResult
{
    /// <summary>The run's name, from its configuration.</summary>
    public required string Name { get; init; }

    /// <summary>What was learnt; tells which figures of quality there are.</summary>
    [JsonConverter(typeof(CamelCaseConverter<TaskKind>))]
    public required TaskKind Task { get; init; }

    /// <summary>Method, for example <c>fedsvd</c>.</summary>
    public required string Method { get; init; }

    /// <summary>Where A began.</summary>
    [JsonConverter(typeof(CamelCaseConverter<FactorStart>))]
    public required FactorStart Start { get; init; }

    /// <summary>True where every agent trained with DP-SGD.</summary>
    public required bool IsPrivate { get; init; }

    /// <summary>Delta of the agents' guarantees; 0 where not private.</summary>
    public required double Delta { get; init; }

    /// <summary>Values that one agent sends and receives in a round, over all layers and the head.</summary>
    public required long UpValuesPerRound { get; init; }

    /// <inheritdoc cref="UpValuesPerRound"/>
    public required long DownValuesPerRound { get; init; }

    /// <summary>
    /// Accuracy of always answering the most frequent label of the test examples; null in next-token training.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MajorityAccuracy { get; init; }

    /// <summary><see cref="SimulationData.UnigramPerplexity"/>; null for a classifier.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? UnigramPerplexity { get; init; }

    /// <summary>Quality on the test examples before the first round.</summary>
    public required TestQuality Untrained { get; init; }

    /// <summary>Quality on the test examples after the last round.</summary>
    public required TestQuality Final { get; init; }

    /// <summary>The agents, in a fixed order.</summary>
    public required ImmutableArray<AgentResult> Agents { get; init; }

    /// <summary>The rounds, from the first.</summary>
    public required ImmutableArray<RoundResult> Rounds { get; init; }

    /// <summary>The adapter after the last round.</summary>
    [JsonIgnore]
    public Adapter Adapter { get; init; } = new([], []);

    /// <summary>What was run, with all defaults; in JSON as <see cref="SimulationConfigFile.ToJson"/> has it.</summary>
    public required SimulationConfig Configuration { get; init; }

    /// <summary>Wall time of the whole run.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// Examples pushed through a backward pass, over all agents and rounds. Known to the simulator only: the sizes of
    /// an agent's batches are secret.
    /// </summary>
    public required long ExamplesTrained { get; init; }
}

/// <summary>One simulated agent at the end of the run.</summary>
public sealed record AgentResult
{
    /// <summary>The agent's name.</summary>
    public required string Name { get; init; }

    /// <summary>Training examples it holds. Known to the simulator only: a real agent never tells.</summary>
    public required int Examples { get; init; }

    /// <summary>The n its owner declared; sampling rate, batch, steps and weight derive from it.</summary>
    public required int NominalExamples { get; init; }

    /// <summary>Rounds it took part in.</summary>
    public required int Rounds { get; init; }

    /// <summary>Noise standard deviation over the clip norm; 0 where not private.</summary>
    public required double NoiseMultiplier { get; init; }

    /// <summary>Privacy spent so far at the run's delta; infinity where not private.</summary>
    public required double Epsilon { get; init; }
}

/// <summary>One round.</summary>
public sealed record RoundResult
{
    /// <summary>Number, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>Names of the agents that took part.</summary>
    public required ImmutableArray<string> Cohort { get; init; }

    /// <summary>Quality on the test examples after the round; null where the round was not evaluated.</summary>
    public required TestQuality? Quality { get; init; }

    /// <summary>Largest epsilon spent by any agent after this round; infinity where not private.</summary>
    public required double EpsilonMax { get; init; }

    /// <summary>Values that the agents saturated to the round's bound.</summary>
    public required long SaturatedValues { get; init; }

    /// <summary><see cref="FlexLora.TruncationLoss"/>; null for the other methods, which cut nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TruncationLoss { get; init; }

    /// <summary>Singular values of (alpha / r) B A for each adapted layer.</summary>
    public required ImmutableArray<LayerSpectrum> Spectra { get; init; }

    /// <summary>Wall time of the round.</summary>
    public required double Seconds { get; init; }
}

/// <summary>Singular values of one layer's change (alpha / r) B A, largest first.</summary>
public sealed record LayerSpectrum(string Module, ImmutableArray<double> SingularValues);
