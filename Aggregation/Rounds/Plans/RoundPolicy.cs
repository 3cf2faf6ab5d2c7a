using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>Whom a round needs, how long it waits for each thing, and what happens when it waits in vain.</summary>
public sealed record RoundPolicy
{
    /// <summary>Longest wait: 30 days.</summary>
    public const int SecondsMax = 30 * 24 * 3600;

    /// <summary>Most retries.</summary>
    public const int RetriesMax = 100;

    /// <summary>From the invitations to the answers.</summary>
    public required int SelectingSeconds { get; init; }

    /// <summary>From the start of training to the last update.</summary>
    public required int CollectingSeconds { get; init; }

    /// <summary>For the server's own work, for each of aggregating, refreshing and checkpointing.</summary>
    public required int WorkSeconds { get; init; }

    /// <summary>For an evaluator's answer.</summary>
    public required int EvaluatingSeconds { get; init; }

    /// <summary>Number of updates at which a round closes before its deadline.</summary>
    public required int CohortSize { get; init; }

    /// <summary>
    /// Invited over <see cref="CohortSize"/>, at least 1. Above 1 hides stragglers, but who is cut off has spent
    /// privacy for nothing.
    /// </summary>
    public required double OverSelection { get; init; }

    /// <summary>Fewest updates with which a round may close at its deadline.</summary>
    public required int Quorum { get; init; }

    /// <summary>Fewest agents behind any published sum; <see cref="Quorum"/> may not go below.</summary>
    public required int DistinctAgentsMin { get; init; }

    /// <summary>Agents without whose updates no round closes.</summary>
    public ValueList<AgentId> RequiredAgents { get; init; } = [];

    /// <summary>What to do when a wait ends without quorum.</summary>
    public required MissedQuorumRule MissedQuorum { get; init; }

    /// <summary>How often a failed piece of the server's work is ordered again before the run pauses.</summary>
    public required int WorkRetriesMax { get; init; }

    /// <summary>
    /// Whether agents are offered links by which they write their updates straight into the server's storage, where it
    /// has such. An agent whose owner does not allow it sends its update to the server all the same.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DirectUploads { get; init; }

    /// <summary>Number of agents that a round wants in training.</summary>
    internal int InvitedCount => Math.Max((int)Math.Ceiling(CohortSize * OverSelection), RequiredAgents.Count);

    internal void AddProblems(PlanProblems problems)
    {
        problems.Range("selectingSeconds", SelectingSeconds, 1, SecondsMax);
        problems.Range("collectingSeconds", CollectingSeconds, 1, SecondsMax);
        problems.Range("workSeconds", WorkSeconds, 1, SecondsMax);
        problems.Range("evaluatingSeconds", EvaluatingSeconds, 1, SecondsMax);
        problems.Range("cohortSize", CohortSize, 1, ExactSum.AgentsMax);
        problems.Range("overSelection", OverSelection, 1, (double)ExactSum.AgentsMax / Math.Max(CohortSize, 1));
        problems.Range("quorum", Quorum, 1, CohortSize);
        problems.Range("distinctAgentsMin", DistinctAgentsMin, 1, Quorum);
        problems.Range("workRetriesMax", WorkRetriesMax, 0, RetriesMax);
        problems.Range("missedQuorum.extendSeconds", MissedQuorum.ExtendSeconds, 0, SecondsMax);
        problems.Range("missedQuorum.retriesMax", MissedQuorum.RetriesMax, 0, RetriesMax);
        problems.Range("number of requiredAgents", RequiredAgents.Count, 0, CohortSize);
        foreach (var twice in RequiredAgents.GroupBy(agent => agent).Where(group => group.Count() > 1))
            problems.Add($"requiredAgents names {twice.Key} {twice.Count()} times; name it once");
    }
}
