using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Service;

/// <summary>An order for a run.</summary>
/// <param name="Id">Its name, unique on the server.</param>
/// <param name="Plan">What it does.</param>
/// <param name="Start">Blob with the adapter to start from (<see cref="Checkpoints.AdapterFile"/>).</param>
public sealed record NewRun(RunId Id, RunPlan Plan, BlobHash Start);

/// <summary>What became of an order for a run.</summary>
public abstract record RunCreation
{
    private RunCreation()
    {
    }

    /// <summary>The draft is there, now or from the same order before.</summary>
    public sealed record Created(RunState State) : RunCreation;

    /// <summary>Nothing was made.</summary>
    /// <param name="Code">Stable: <c>run-id-taken</c>, <c>bad-plan</c> or <c>bad-start</c>.</param>
    /// <param name="Message">One sentence for people.</param>
    public sealed record Refused(string Code, string Message) : RunCreation;
}
