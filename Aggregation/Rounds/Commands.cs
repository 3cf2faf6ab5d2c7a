using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>
/// What people ask for. A command that is obeyed is remembered, so that sent again it does nothing more.
/// </summary>
internal static class Commands
{
    private const int ByMax = 128;

    public static Step Asked(RunState state, RunEvent.Asked asked)
    {
        if (asked.By.Length is 0 or > ByMax)
        {
            var given = asked.By[..Math.Min(asked.By.Length, ByMax)];
            return Step.Refuse(state, new Refusal.Malformed("by", $"'{given}'", $"1 to {ByMax} characters"));
        }

        if (state.Commands.FirstOrDefault(obeyed => obeyed.Id == asked.Id) is { } before)
        {
            return before.Command == asked.Command
                ? Step.Done(state)
                : Step.Refuse(state, new Refusal.CommandIdTaken(asked.Id, before.Command.Name));
        }

        var step = Obey(state, asked.Command, asked.By);
        return step.Answer is Answer.Refused ? step : Step.Done(Remember(step.State, asked));
    }

    public static Step Forked(RunState state, RunEvent.RunForked forked)
    {
        var index = state.Forks.ToList().FindIndex(order => order.Id == forked.Fork);
        return index < 0 ? Step.Ignore(state) : Step.Done(state with { Forks = state.Forks.RemoveAt(index) });
    }

    private static RunState Remember(RunState state, RunEvent.Asked asked)
    {
        var commands = state.Commands.Count < RunState.CommandsMax ? state.Commands : state.Commands.RemoveAt(0);
        return state with
        {
            Commands = commands.Add(new(asked.Id, asked.By, asked.Command, state.Clock.LastSeen)),
        };
    }

    private static Step Obey(RunState state, RunCommand command, string by) => (command, state.Status) switch
    {
        (RunCommand.Start, RunStatus.Draft) => Begin(state),
        (RunCommand.Trigger, RunStatus.BetweenRounds) => Step.Done(Lifecycle.Open(state)),
        (RunCommand.Pause, RunStatus.BetweenRounds) => Pause(state, by),
        (RunCommand.Pause { Mode: PauseMode.FinishRound }, RunStatus.InRound running) =>
            Step.Done(state with { Status = running with { PauseAfter = new PauseReason.Asked(by) } }),
        (RunCommand.Pause { Mode: PauseMode.HoldRound }, RunStatus.InRound running) =>
            Step.Done(Lifecycle.Hold(state, running.Round, new PauseReason.Asked(by))),
        (RunCommand.Pause, RunStatus.InRound) => Pause(Lifecycle.Abandon(state, by), by),
        (RunCommand.Resume, RunStatus.InRound { PauseAfter: not null } running) =>
            Step.Done(state with { Status = running with { PauseAfter = null } }),
        (RunCommand.Resume, RunStatus.Paused paused) => Step.Done(Resume(state, paused)),
        (RunCommand.Cancel, RunStatus.Draft or RunStatus.BetweenRounds or RunStatus.InRound or RunStatus.Paused) =>
            Step.Done(Lifecycle.Abandon(state, by) with { Status = new RunStatus.Cancelled(by) }),
        (RunCommand.Rollback rollback, not (RunStatus.Draft or RunStatus.Cancelled)) =>
            Rollback(state, rollback.Round, by),
        (RunCommand.Fork fork, _) => Fork(state, fork),
        _ => Step.Refuse(state, new Refusal.NotNow(command.Name, state.Status.Name)),
    };

    private static Step Begin(RunState state) => Step.Done(state with { Status = Lifecycle.AfterRound(state) });

    private static Step Pause(RunState state, string by) =>
        Step.Done(state with { Status = new RunStatus.Paused(new PauseReason.Asked(by), Held: null) });

    private static RunState Resume(RunState state, RunStatus.Paused paused) => paused switch
    {
        { Held: null } => state with { Status = Lifecycle.AfterRound(state) },
        { Held: { } held, Reason: PauseReason.QuorumMissed missed } =>
            Lifecycle.Retry(state, held, missed.Shortfall, retry: 0),
        { Held: { } held } => Lifecycle.GoOn(state, held),
    };

    private static Step Rollback(RunState state, int round, string by)
    {
        var ended = Lifecycle.Abandon(state, by);
        if (ended.CheckpointOf(round) is null) return Step.Refuse(state, NoCheckpoint(ended, round));
        var history = ended.History
            .Select(report => report.Id.Number > round ? report with { IsSuperseded = true } : report);
        return Step.Done(ended with
        {
            History = history.ToValueList(),
            Status = new RunStatus.Paused(new PauseReason.RolledBack(round, by), Held: null),
        });
    }

    private static Step Fork(RunState state, RunCommand.Fork fork)
    {
        if (state.CheckpointOf(fork.Round) is not { } checkpoint)
            return Step.Refuse(state, NoCheckpoint(state, fork.Round));
        if (fork.NewRun == state.Id || state.Forks.Any(order => order.Id == fork.NewRun))
            return Step.Refuse(state, new Refusal.RunIdTaken(fork.NewRun));
        var plan = fork.Plan ?? state.Plan;
        var problems = PlanCheck.Problems(plan, fork.Round);
        if (problems.Count > 0) return Step.Refuse(state, new Refusal.BadPlan(problems));
        var order = new ForkOrder(fork.NewRun, plan, new(fork.Round, checkpoint, state.Id), fork.Seed);
        return Step.Done(state with { Forks = state.Forks.Add(order) });
    }

    private static Refusal.NoCheckpoint NoCheckpoint(RunState state, int round) =>
        new(round, state.Origin.Round, state.LastRound);
}
