using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>
/// An agent that keeps its promises: it reserves before it trains, delivers the same bytes for the same reservation,
/// and reports what it lost. Its disk survives its death, its memory does not.
/// </summary>
internal sealed class SimulatedAgent(Simulation world, AgentId id, AgentRole role)
{
    // Disk.
    private readonly HashSet<RoundId> reserved = [];
    private readonly Dictionary<RoundId, BlobHash> updates = [];
    private readonly HashSet<RoundId> settled = [];

    // Memory.
    private Assignment assignment = new Assignment.Idle();
    private bool isRetrying;

    public AgentId Id => id;

    public AgentRole Role => role;

    /// <summary>Receipts that reached the agent, by the attempt it delivered for.</summary>
    public Dictionary<RoundId, UpdateReceipt> Receipts { get; } = [];

    public bool IsAlive { get; private set; } = true;

    /// <summary>Counts lives, so that what was begun in an earlier one goes nowhere.</summary>
    public int Life { get; private set; }

    public void Die()
    {
        IsAlive = false;
        Life++;
        assignment = new Assignment.Idle();
    }

    public void Rise() => IsAlive = true;

    public void Receive(Assignment news)
    {
        if (news == assignment) return;
        assignment = news;
        Act();
    }

    public void Answered(RunEvent sent, Answer answer)
    {
        if (sent is not RunEvent.UpdateSubmitted update) return;
        if (answer is Answer.Received received)
        {
            Assert.True(!Receipts.TryGetValue(update.Round, out var first) || first == received.Receipt,
                $"{id}: another receipt for the same update");
            Receipts[update.Round] = received.Receipt;
        }

        if (answer is Answer.Received or Answer.Refused) settled.Add(update.Round);
    }

    /// <summary>Does, or does again, what the assignment asks, until the assignment changes.</summary>
    private void Act()
    {
        switch (assignment)
        {
            case Assignment.Invitation invitation:
                world.Send(this, world.Chance(0.1)
                    ? now => new RunEvent.AgentDeclined(now, id, invitation.Round, DeclineReason.Busy)
                    : now => new RunEvent.AgentJoined(now, id, invitation.Round));
                break;
            case Assignment.Training training: Train(training.Round); break;
            case Assignment.Evaluation evaluation:
                world.Send(this, world.Chance(0.2)
                    ? now => new RunEvent.EvaluationDeclined(now, id, evaluation.Round)
                    : now => new RunEvent.EvaluationDone(now, id, evaluation.Round, [new("accuracy", 0.5)]));
                break;
            default: return;
        }

        if (isRetrying) return;
        isRetrying = true;
        world.Later(this, world.Seconds(20), () =>
        {
            isRetrying = false;
            Act();
        });
    }

    private void Train(RoundId round)
    {
        if (updates.TryGetValue(round, out var update))
        {
            if (!settled.Contains(round) || world.Chance(0.1)) Deliver(round, update);
            return;
        }

        if (!reserved.Add(round))
        {
            if (!world.IsTraining(this, round))
                world.Send(this, now => new RunEvent.AgentLost(now, id, round, LostReason.Died));
            return;
        }

        world.BeginTraining(this, round, () =>
        {
            updates[round] = world.NewHash();
            Deliver(round, updates[round]);
        });
    }

    /// <summary>Of two updates of three there is a list.</summary>
    public static BlobHash? SectionsOf(BlobHash update) => update.Low % 3 == 0 ? null : update with { High = 7 };

    private void Deliver(RoundId round, BlobHash update)
    {
        var verdict = update.Low % 11 == 0 ? ScreeningVerdict.OffGrid : ScreeningVerdict.Clean;
        world.Send(this, now => Samples.Update(now, id.Value, round, 0) with
        {
            Update = update,
            Screening = new(verdict, Norm: null),
            Sections = SectionsOf(update),
        });

        // And now and then it errs: another update on top, or one for a round that never was.
        var wrong = round with { Attempt = world.Chance(0.5) ? round.Attempt : round.Attempt + 100 };
        if (world.Chance(0.05))
            world.Send(this, now => Samples.Update(now, id.Value, wrong, 0) with { Update = world.NewHash() });
    }
}
