using System.Text.Json.Serialization;

namespace FedLowRank.Cli.Demo;

/// <summary>The figures of <c>demo --json</c>: accuracies on the test split, and what they cost.</summary>
/// <param name="Majority">Of always answering the most frequent label.</param>
/// <param name="FederatedPrivate">Of the adapter after the last round, as the evaluator measured it.</param>
/// <param name="EpsilonMax">Largest that any agent's ledger says.</param>
/// <param name="Delta">At which that is stated.</param>
/// <param name="Seconds">From start to end.</param>
/// <param name="Silos">Of the cluster; missing where a single server serves.</param>
internal sealed record ServiceFigures(
    double Majority,
    double FederatedPrivate,
    double EpsilonMax,
    double Delta,
    double Seconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Silos);
