using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>How a round fell short of its quorum.</summary>
/// <param name="Stage">Selecting (agents that joined) or Collecting (updates accepted).</param>
/// <param name="Count">How many there were.</param>
/// <param name="Quorum">How many were needed.</param>
/// <param name="Missing">Required agents that were not among them.</param>
public sealed record Shortfall(RoundStage Stage, int Count, int Quorum, ValueList<AgentId> Missing)
{
    /// <summary>One clause.</summary>
    public string Message => string.Create(CultureInfo.InvariantCulture,
        $"{Count} of {Quorum} {(Stage == RoundStage.Selecting ? "agents joined" : "updates came")}" +
        $"{(Missing.Count > 0 ? ", without " + string.Join(", ", Missing) : "")}");
}
