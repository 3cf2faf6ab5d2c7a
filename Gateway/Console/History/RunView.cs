using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Gateway.Console.Spectra;

namespace FedLowRank.Gateway.Console.History;

/// <summary>A run as its page shows it. What has not changed since the page was told is left out.</summary>
/// <param name="Run">The run.</param>
/// <param name="History">Its rounds; null where they are as they were.</param>
/// <param name="Spending">Of its agents; empty where the history is left out.</param>
/// <param name="Spectra">Its layers; null where no more is known of them.</param>
/// <param name="CheckpointBytes">Size of one of its checkpoints; null while it is not known.</param>
/// <param name="Mark">Stands for all that changes seldom; a page that has it need not be told again.</param>
public sealed record RunView(
    RunState Run, RunHistory? History, IReadOnlyList<AgentSpending> Spending, RunSpectra? Spectra,
    long? CheckpointBytes, string Mark);
