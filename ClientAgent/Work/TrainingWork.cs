using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Storage;
using FedLowRank.Training;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// One round of training: all checks, the checkpoint, the charge in the ledger, the steps, the outbox, the server.
/// Before the charge anything that goes wrong is a decline and costs nothing; after it, it is a loss, and is told as
/// such. When the server itself calls the round off after the charge, training stops: an update would come too late,
/// and more steps would not give the privacy back.
/// </summary>
internal sealed class TrainingWork(AgentParts parts, Settling settling)
{
    /// <summary>Does the round, or ends what an earlier life began of it.</summary>
    /// <param name="round">The attempt.</param>
    /// <param name="start">Checkpoint to start from.</param>
    /// <param name="cancellation">The server wants something else, or the owner stops the agent.</param>
    /// <param name="stop">The owner stops the agent.</param>
    public async Task RunAsync(
        RoundRef round, BlobHash start, CancellationToken cancellation, CancellationToken stop)
    {
        var isCharged = false;
        try
        {
            using var place = await parts.Bench.EnterAsync(cancellation);
            if (await settling.ResumeAsync(round, stop)) return;
            if (await PrepareAsync(round, start, cancellation) is not { } job) return;
            using var slot = job.Slots is { } slots
                ? await MachineSlots.EnterAsync(slots, parts.Time, cancellation)
                : null;
            if (!TryBegin(round, job)) return;
            isCharged = job.Cost is not null;
            parts.Changed();
            var update = await TrainAsync(round, job, cancellation);
            slot?.Dispose();
            await settling.DeliverAsync(update, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await settling.SayFarewellAsync(round);
            throw;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            if (isCharged) await settling.GiveUpAsync(round, LostReason.Other, stop);
            throw;
        }
        catch (RefusedException refused)
        {
            parts.Log.Warn($"{round}: {refused}");
        }
        catch (Exception error) when (!isCharged && ReasonOf(error) is { } reason)
        {
            await DeclineAsync(round, new(reason, Admission.WhyOf(error)), cancellation);
        }
        catch (Exception error) when (isCharged && error is not NotAdmittedException)
        {
            var loss = LossOf(error);
            parts.Log.Fail(
                loss == LostReason.Resources ? AgentErrorKind.Resources : AgentErrorKind.Training, round,
                $"{round}: training failed: {error}");
            await settling.GiveUpAsync(round, loss, stop);
        }
    }

    /// <summary>Tells the server the reason, and the owner the whole of it.</summary>
    public async Task DeclineAsync(RoundRef round, Objection objection, CancellationToken cancellation)
    {
        parts.Log.Decline(round, objection, $"{round}: declined ({objection.Reason}): {objection.Why}");
        try
        {
            await parts.Backoff().UntilAnsweredAsync(
                async () =>
                {
                    await parts.ChannelOf(round).DeclineAsync(objection.Reason, cancellation);
                    return true;
                },
                cancellation);
        }
        catch (RefusedException refused)
        {
            parts.Log.Warn($"{round}: {refused}");
        }
    }

    /// <summary>All that can fail without cost. Null where the agent has declined.</summary>
    private async Task<TrainingJob?> PrepareAsync(RoundRef round, BlobHash start, CancellationToken cancellation)
    {
        var backoff = parts.Backoff();
        var plan = await backoff.UntilAnsweredAsync(
            () => parts.Channel.PlanAsync(round.Run, cancellation), cancellation);
        if (round.Round.Number > plan.Rounds)
            throw new CheckpointException($"the run ends with round {plan.Rounds}");
        var verdict = parts.Admission.ForTraining(round.Run, plan, cancellation);
        if (verdict is not Verdict.Admitted admitted)
        {
            await DeclineAsync(round, ((Verdict.Declined)verdict).Objection, cancellation);
            return null;
        }

        var fetch = new CheckpointFetch(parts.Folder, parts.Channel);
        var adapter = await backoff.UntilAnsweredAsync(
            () => fetch.AdapterAsync(round.Run, start, parts.Session.Identity.Authority, cancellation), cancellation);
        return TrainingJob.Create(round.Round.Number, plan, admitted, adapter);
    }

    private bool TryBegin(RoundRef round, TrainingJob job)
    {
        var ledger = parts.OpenLedger();
        var now = parts.Time.GetUtcNow();
        if (job.Cost is { } cost) return ledger.TryReserve(round, cost, job.Plan.Round.Privacy!.Delta, now);
        ledger.BeginWithoutPrivacy(round, now);
        return true;
    }

    private async Task<OutboxItem> TrainAsync(RoundRef round, TrainingJob job, CancellationToken cancellation)
    {
        var steps = job.Plan.Round.LocalSteps;
        await using var progress = new ProgressReport(parts, round, steps);
        var update = await Task.Run(
            () => parts.Display.Follow(
                $"training {round}", steps,
                show => job.Train(
                    parts.Random,
                    done =>
                    {
                        show(done);
                        progress.Done(done);
                    },
                    cancellation)),
            CancellationToken.None);
        return parts.Outbox.Store(round, update, job.Form, job.Weight);
    }

    private static DeclineReason? ReasonOf(Exception error) => error switch
    {
        CheckpointException => DeclineReason.Other,
        OperationCanceledException => null,
        _ => Admission.ReasonOf(error),
    };

    private static LostReason LossOf(Exception error) => error switch
    {
        OutOfMemoryException or EngineException => LostReason.Resources,
        IOException full when DiskFull.Is(full) => LostReason.Resources,
        _ => LostReason.TrainingFailed,
    };
}
