using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>
/// What the owner of the data allows; from <c>policy.json</c> (<see cref="PolicyReader"/>). No server can override it.
/// </summary>
internal sealed record AgentPolicy
{
    /// <summary>Names of runs, or <c>*</c>; null where base models alone decide.</summary>
    public required IReadOnlyList<string>? Runs { get; init; }

    /// <summary>Base models; null where runs alone decide.</summary>
    public required IReadOnlyList<BlobHash>? BaseModels { get; init; }

    /// <summary>The base model, absolute.</summary>
    public required string BaseModelFolder { get; init; }

    /// <summary>What to train on; null on an agent that only evaluates.</summary>
    public required DataPolicy? Data { get; init; }

    /// <summary>The public texts to evaluate on; null on an agent that only trains.</summary>
    public required DataPolicy? Evaluation { get; init; }

    /// <summary>n, from which batches and weights derive; never the number of rows.</summary>
    public required int NominalExamples { get; init; }

    /// <summary>Over everything that the agent ever does; null on an agent that never trains privately.</summary>
    public required PrivacyTarget? Budget { get; init; }

    /// <summary>Floors and caps.</summary>
    public required TermLimits Limits { get; init; }

    /// <summary>When rounds may begin; empty for always.</summary>
    public required IReadOnlyList<HourWindow> Hours { get; init; }

    /// <summary>Refuses runs without privacy.</summary>
    public required bool PrivateOnly { get; init; }

    /// <summary>
    /// Storage, besides the server, that updates may be sent to: hosts, with a port where it is not the usual one.
    /// Empty for none.
    /// </summary>
    public required IReadOnlyList<string> UploadHosts { get; init; }

    /// <summary>
    /// How much of its log the server may see when something went wrong; null for none, and that is what an owner who
    /// says nothing gets.
    /// </summary>
    public required LogPolicy? Log { get; init; }

    /// <summary>Threads of the engine; null for one on each core.</summary>
    public required int? Threads { get; init; }

    /// <summary>Agents that share the machine; null where nothing is shared.</summary>
    public required SlotPolicy? Slots { get; init; }
}
