using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>The life of a run as a pure function of its state and what happens.</summary>
/// <remarks>
/// A shell holds one state for each run and, for each event, one at a time: calls <see cref="Apply"/>; stores the new
/// state, where it differs, durably; only then gives the answer and runs the effects. After a crash it loads the last
/// stored state and applies <see cref="RunEvent.Restarted"/>, whose effects are all those still pending. It applies
/// <see cref="RunEvent.Ticked"/> at <see cref="NextDeadline"/>, and at least once a minute so that a clock set back is
/// noticed.
/// </remarks>
public static class RunMachine
{
    /// <summary>A new draft.</summary>
    /// <param name="id">The run.</param>
    /// <param name="plan">What is asked for.</param>
    /// <param name="origin">What to start from.</param>
    /// <param name="seed">From a random source; decides in which order agents are invited.</param>
    /// <param name="now">The server's clock.</param>
    /// <exception cref="ArgumentException">
    /// The plan or the origin is out of its limits; the message names them all.
    /// </exception>
    public static RunState Create(RunId id, RunPlan plan, RunOrigin origin, ulong seed, DateTimeOffset now)
    {
        var problems = PlanCheck.Problems(plan, origin.Round);
        if (problems.Count > 0) throw new ArgumentException(string.Join("; ", problems), nameof(plan));
        var clock = new RunClock(TimeSpan.Zero, now.ToUniversalTime());
        return new(id, plan, origin, seed, clock, new RunStatus.Draft(), [], [], [], []);
    }

    /// <summary>What an event leads to. Defined for every state and event.</summary>
    public static Transition Apply(RunState state, RunEvent happened)
    {
        var isRestart = happened is RunEvent.Restarted;
        var clocked = happened is RunEvent.Restarted restarted
            ? state with { Clock = state.Clock.At(restarted), Agents = [] }
            : state with { Clock = state.Clock.At(happened.Now) };

        // Deadlines come first: whatever arrives after one is late, whether or not a tick came in between.
        var step = Handle(Settling.Settle(clocked), happened);
        var next = Settling.Settle(step.State);

        // Time alone is not worth storing, but a clock set back must be remembered.
        if (ReferenceEquals(next, clocked) && !isRestart && happened.Now >= state.Clock.LastSeen) next = state;
        var answer = happened is RunEvent.Ticked && ReferenceEquals(next, state) ? Step.Ignored : step.Answer;
        return new(next, PendingWork.Since(state, next, happened), answer);
    }

    /// <summary>
    /// All that is ordered and not yet known to be done, work first, and what each connected agent is to do. Depends on
    /// the state alone.
    /// </summary>
    public static ValueList<RunEffect> PendingEffects(RunState state) => PendingWork.All(state);

    /// <summary>When, by the server's clock, the run wants a tick; null where it waits for no time.</summary>
    public static DateTimeOffset? NextDeadline(RunState state) => state.Status switch
    {
        RunStatus.BetweenRounds waiting => state.Clock.WallTime(waiting.Deadline),
        RunStatus.InRound running => state.Clock.WallTime(running.Round.Phase.Deadline),
        _ => null,
    };

    private static Step Handle(RunState state, RunEvent happened) => happened switch
    {
        RunEvent.Asked asked => Commands.Asked(state, asked),
        RunEvent.Ticked or RunEvent.Restarted => Step.Done(state),
        RunEvent.AgentPresent present => Connections.Present(state, present),
        RunEvent.AgentGone gone => Connections.Gone(state, gone),
        RunEvent.AgentJoined joined => Invitations.Joined(state, joined),
        RunEvent.AgentDeclined declined => Invitations.Declined(state, declined),
        RunEvent.AgentProgressed progressed => Invitations.Progressed(state, progressed),
        RunEvent.AgentLost lost => Invitations.Lost(state, lost),
        RunEvent.UpdateSubmitted submitted => Submissions.Submitted(state, submitted),
        RunEvent.ShardDone done => WorkResults.ShardDone(state, done),
        RunEvent.ShardFailed failed => WorkResults.ShardFailed(state, failed),
        RunEvent.CheckpointWritten written => WorkResults.CheckpointWritten(state, written),
        RunEvent.CheckpointFailed failed => WorkResults.CheckpointFailed(state, failed),
        RunEvent.EvaluationDone done => Evaluations.Done(state, done),
        RunEvent.EvaluationDeclined declined => Evaluations.Declined(state, declined),
        RunEvent.RunForked forked => Commands.Forked(state, forked),
        _ => throw new System.Diagnostics.UnreachableException(happened.GetType().Name),
    };
}
