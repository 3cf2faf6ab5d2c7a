using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>How attempts begin, move from phase to phase, are held, and end with a report.</summary>
internal static class Lifecycle
{
    /// <summary>Waits for the next round, or completes the run where there is none.</summary>
    public static RunStatus AfterRound(RunState state) => state.LastRound >= state.Plan.Rounds
        ? new RunStatus.Completed()
        : new RunStatus.BetweenRounds(state.DeadlineIn(state.Plan.Schedule.WaitSeconds));

    /// <summary>The next round's first attempt.</summary>
    public static RunState Open(RunState state) =>
        state with { Status = new RunStatus.InRound(NewAttempt(state, retry: 0, roster: []), PauseAfter: null) };

    /// <summary>
    /// Another attempt at the same round. Updates that were delivered count in it, and agents still in training go on:
    /// start and terms are the same, and their privacy is already spent.
    /// </summary>
    public static RunState Retry(RunState state, RoundState missed, Shortfall shortfall, int retry)
    {
        var pauseAfter = (state.Status as RunStatus.InRound)?.PauseAfter;
        state = End(state, missed, new RoundResult.QuorumMissed(shortfall), carriesOver: true);
        var roster = missed.Roster
            .Where(entry => entry.Standing is Standing.Delivered || missed.IsTraining(entry));
        var round = NewAttempt(state, retry, roster.ToValueList());
        return state with { Status = new RunStatus.InRound(round, pauseAfter) };
    }

    public static RunState Enter(RunState state, RoundState round, RoundPhase phase) =>
        state.WithRound(Timed(state, round) with { Phase = phase, PhaseSince = state.Clock.Elapsed });

    public static RunState Hold(RunState state, RoundState round, PauseReason reason) =>
        state with { Status = new RunStatus.Paused(reason, Timed(state, round)) };

    /// <summary>A held round goes on where it was, with its whole time before it.</summary>
    public static RunState GoOn(RunState state, RoundState held)
    {
        var round = held with { Phase = Renewed(state, held.Phase), PhaseSince = state.Clock.Elapsed };
        return state with { Status = new RunStatus.InRound(round, PauseAfter: null) };
    }

    public static RunState Complete(RunState state, RoundState round, BlobHash checkpoint, Evaluation evaluation)
    {
        var status = state.Status;
        state = End(state, round, new RoundResult.Completed(checkpoint, evaluation));
        return state with
        {
            Status = status switch
            {
                RunStatus.Paused paused => paused with { Held = null },
                RunStatus.InRound { PauseAfter: { } reason } when state.LastRound < state.Plan.Rounds =>
                    new RunStatus.Paused(reason, Held: null),
                _ => AfterRound(state),
            },
        };
    }

    /// <summary>
    /// Ends the attempt in progress or on hold, if any; a checkpoint that stands, stays. The caller sets the status.
    /// </summary>
    public static RunState Abandon(RunState state, string by) => state.Round switch
    {
        null => state,
        { Phase: RoundPhase.Evaluating phase } round => End(state, round, new RoundResult.Completed(
            phase.Checkpoint, new Evaluation.Skipped(SkipReason.Abandoned))),
        var round => End(state, round, new RoundResult.Abandoned(by)),
    };

    public static RunState Fail(RunState state, FailureReason reason)
    {
        if (state.Round is { } round)
        {
            state = End(state, round, reason is FailureReason.QuorumMissed missed
                ? new RoundResult.QuorumMissed(missed.Shortfall)
                : new RoundResult.Broken(reason));
        }

        return state with { Status = new RunStatus.Failed(reason) };
    }

    private static RoundState NewAttempt(RunState state, int retry, ValueList<RosterEntry> roster)
    {
        var number = state.LastRound + 1;
        var attempts = state.History.Where(report => report.Id.Number == number).Select(report => report.Id.Attempt);
        var phase = new RoundPhase.Gathering(
            RoundStage.Selecting, state.DeadlineIn(state.Plan.Policy.SelectingSeconds), IsExtended: false);
        return new(
            new RoundId(number, attempts.DefaultIfEmpty().Max() + 1), state.CheckpointOf(number - 1)!.Value,
            state.Clock.LastSeen, retry, phase, state.Clock.Elapsed, roster, [], []);
    }

    private static RunState End(RunState state, RoundState round, RoundResult result, bool carriesOver = false)
    {
        var isHeld = state.Status is RunStatus.Paused;
        var agents = round.Roster.Select(entry => entry with { Standing = AtEnd(round, entry, carriesOver) });
        var report = new RoundReport(
            round.Id, round.Start, round.Opened, result, agents.ToValueList(), round.Refused,
            (isHeld ? round : Timed(state, round)).Durations, IsSuperseded: false);
        return state with { History = state.History.Add(report) };
    }

    private static Standing AtEnd(RoundState round, RosterEntry entry, bool carriesOver) => entry.Standing switch
    {
        Standing.Invited => new Standing.NoAnswer(),
        Standing.Joined when !round.IsTraining(entry) => new Standing.Released(),
        Standing.Joined => carriesOver ? new Standing.CarriedOver() : new Standing.NoUpdate(),
        var final => final,
    };

    private static RoundPhase Renewed(RunState state, RoundPhase phase) => phase switch
    {
        RoundPhase.Gathering gathering => gathering with
        {
            IsExtended = false,
            Deadline = state.DeadlineIn(gathering.Stage == RoundStage.Selecting
                ? state.Plan.Policy.SelectingSeconds
                : state.Plan.Policy.CollectingSeconds),
        },
        RoundPhase.Working working => WorkStages.Renewed(state, working),
        _ => phase with { Deadline = state.DeadlineIn(state.Plan.Policy.EvaluatingSeconds) },
    };

    /// <summary>The round with the time since its phase began or was resumed added to its durations.</summary>
    private static RoundState Timed(RunState state, RoundState round)
    {
        var (stage, time, all) = (round.Phase.Stage, state.Clock.Elapsed - round.PhaseSince, round.Durations);
        return round with
        {
            Durations = all.Count > 0 && all[^1].Stage == stage
                ? all.With(all.Count - 1, new(stage, all[^1].Duration + time))
                : all.Add(new(stage, time)),
        };
    }
}
