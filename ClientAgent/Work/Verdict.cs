using FedLowRank.ClientAgent.Policies;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Training;

namespace FedLowRank.ClientAgent.Work;

/// <summary>Whether the agent takes part in a round.</summary>
internal abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>It does; nothing is spent yet.</summary>
    /// <param name="Policy">As it stands now.</param>
    /// <param name="Model">Loaded.</param>
    /// <param name="Examples">To train on.</param>
    /// <param name="Cost">What the ledger is to be charged with; null in a run that is not private.</param>
    public sealed record Admitted(
        AgentPolicy Policy, LoadedModel Model, ReadOnlyMemory<TokenizedExample> Examples, MechanismEvent? Cost)
        : Verdict;

    /// <summary>It does not.</summary>
    public sealed record Declined(Objection Objection) : Verdict;
}
