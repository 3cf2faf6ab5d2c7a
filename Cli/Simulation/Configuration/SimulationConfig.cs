using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Planning;

namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>
/// One simulated federation. Checked field by field; what depends on the model or the data is checked on start.
/// </summary>
public sealed record SimulationConfig
{
    /// <summary>Where it came from, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>Name of the run in results.</summary>
    public required string Name { get; init; }

    /// <summary>Hugging Face folder of the base model.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>How the agents hold the base model's linear layers.</summary>
    public required WeightFormat BaseFormat { get; init; }

    /// <summary>The examples.</summary>
    public required DataConfig Data { get; init; }

    /// <summary>What is learnt of the examples.</summary>
    public TaskKind Task => Data.Task;

    /// <summary>The agents.</summary>
    public required AgentsConfig Agents { get; init; }

    /// <summary>Agents in a round; null for all.</summary>
    public required int? CohortSize { get; init; }

    /// <summary>The federated method.</summary>
    public required MethodConfig Method { get; init; }

    /// <summary>The adapter.</summary>
    public required LoraConfig Lora { get; init; }

    /// <summary>Number of rounds.</summary>
    public required int Rounds { get; init; }

    /// <summary>Local training.</summary>
    public required TrainingConfig Training { get; init; }

    /// <summary>The guarantee, or null for a run without privacy.</summary>
    public required PrivacyConfig? Privacy { get; init; }

    /// <summary>Weights in the mean.</summary>
    public required WeightKind Weights { get; init; }

    /// <summary>
    /// Seed of the start, the splits, the cohorts and, in a run without privacy, the batches. Noise and batches of a
    /// private run never depend on it.
    /// </summary>
    public required int Seed { get; init; }

    /// <summary>Measuring.</summary>
    public required EvaluationConfig Evaluation { get; init; }

    /// <summary>Folder for the results.</summary>
    public required string OutputFolder { get; init; }
}
