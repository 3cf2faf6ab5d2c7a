using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Work;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>Looks at what a run, or a run that goes on, is to start from.</summary>
internal sealed class RunStarts(IBlobStore blobs, IRoundWork work)
{
    /// <summary>Checks an order for a run.</summary>
    /// <returns>Where the run starts, or why it does not.</returns>
    public async Task<(RunOrigin? Origin, RunCreation.Refused? Refused)> CheckAsync(
        NewRun order, CancellationToken cancellationToken)
    {
        var problems = order.Plan.Problems();
        if (problems.Count > 0) return (null, new("bad-plan", string.Join("; ", problems)));
        if (await blobs.FindAsync(order.Start, cancellationToken) is null)
            return (null, new("bad-start", $"there is no blob {order.Start}; upload the adapter first"));
        try
        {
            var start = await work.WriteStartAsync(order.Id, order.Plan, order.Start, cancellationToken);
            return (new(Round: 0, start, Parent: null), null);
        }
        catch (WorkException error)
        {
            return (null, new("bad-start", error.Message));
        }
    }

    /// <summary>Whether a run, or a fork of it, can go on from a checkpoint that is whole and suits the plan.</summary>
    /// <returns>Why not, or null.</returns>
    public async Task<Refusal?> WhyNotAsync(
        RunState state, CommandId id, RunCommand command, CancellationToken cancellationToken)
    {
        var (round, plan) = command is RunCommand.Fork fork
            ? (fork.Round, fork.Plan ?? state.Plan)
            : (((RunCommand.Rollback)command).Round, state.Plan);

        // What was obeyed before is answered as before, and where there is no checkpoint the run itself says so.
        if (state.Commands.Any(obeyed => obeyed.Id == id) || state.CheckpointOf(round) is not { } checkpoint)
            return null;
        try
        {
            var problems = await work.CheckStartAsync(plan, checkpoint, round, cancellationToken);
            if (command is RunCommand.Rollback) return null;
            var all = PlanCheck.Problems(plan, round).Concat(problems).Distinct(StringComparer.Ordinal).ToValueList();
            return all.Count > 0 ? new Refusal.BadPlan(all) : null;
        }
        catch (WorkException error)
        {
            return new Refusal.BadStart(round, error.Message);
        }
    }
}
