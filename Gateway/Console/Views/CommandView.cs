using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>A command that a person may give a run, and what will happen.</summary>
/// <param name="Name">As in its address.</param>
/// <param name="Label">Of its button.</param>
/// <param name="Action">What the role must allow.</param>
/// <param name="IsGrave">Cannot be taken back.</param>
/// <param name="Consequence">What will happen, before anything does.</param>
/// <param name="IsOffered">Whether the run, as it is, takes it.</param>
internal sealed record CommandView(
    string Name, string Label, AdminAction Action, bool IsGrave, Func<RunState, string> Consequence,
    Func<RunState, bool> IsOffered)
{
    /// <summary>All of them, in the order in which they are offered.</summary>
    public static IReadOnlyList<CommandView> All { get; } =
    [
        new(
            "start", "Start", AdminAction.StartRun, false,
            run => $"The run begins: round {run.LastRound + 1} opens by its schedule, agents are invited and those " +
                "that join train. Agents spend privacy budget from then on.",
            run => run.Status is RunStatus.Draft),
        new(
            "trigger", "Start the next round", AdminAction.TriggerRound, false,
            run => $"Round {run.LastRound + 1} opens now: agents are invited, and those that join spend the " +
                "budget of one round.",
            run => run.Status is RunStatus.BetweenRounds),
        new(
            "pause", "Pause after this round", AdminAction.PauseRun, false,
            _ => "The round in progress goes on to its end; then the run waits until somebody resumes it. Nothing " +
                "that agents have spent is lost.",
            run => run.Status is RunStatus.InRound { PauseAfter: null }),
        new(
            "pause-now", "Pause now", AdminAction.PauseRun, false,
            _ => "The run stops where it is. A round in progress is held; agents that train may still deliver, and " +
                "it goes on when somebody resumes the run.",
            run => run.Status is RunStatus.InRound or RunStatus.BetweenRounds),
        new(
            "resume", "Resume", AdminAction.ResumeRun, false,
            run => run.Round is { } held
                ? $"The run goes on with round {held.Id}, which was held."
                : $"The run goes on; round {run.LastRound + 1} is next.",
            run => run.Status is RunStatus.Paused or RunStatus.InRound { PauseAfter: not null }),
        new(
            "rollback", "Roll back", AdminAction.RollbackRun, true,
            _ => "The run goes back to the checkpoint after the round that you choose, and pauses. Later rounds no " +
                "longer count and a round in progress is abandoned; their records stay. The privacy that agents have " +
                "spent stays spent.",
            run => run.Status is not (RunStatus.Draft or RunStatus.Cancelled) &&
                run.CheckpointOf(run.Origin.Round) is not null && (run.History.Count > 0 || run.Round is not null)),
        new(
            "fork", "Fork", AdminAction.ForkRun, false,
            _ => "A new run is drafted from the checkpoint after the round that you choose, with the same plan. This " +
                "run goes on.",
            _ => true),
        new(
            "cancel", "Cancel", AdminAction.CancelRun, true,
            _ => "The run ends for good and cannot be taken up again, but by a fork. A round in progress is " +
                "abandoned; the privacy that its agents have spent stays spent.",
            run => run.Status is not (RunStatus.Completed or RunStatus.Cancelled or RunStatus.Failed)),
    ];

    /// <summary>The command of an address; null where there is none of that name.</summary>
    public static CommandView? Find(string name) => All.FirstOrDefault(command => command.Name == name);

    /// <summary>True of what a run that stands still waits for.</summary>
    public bool IsNext => Name is "start" or "trigger" or "resume";

    /// <summary>True where it needs a round.</summary>
    public bool TakesRound => Name is "rollback" or "fork";

    /// <summary>True where it needs a name for a new run.</summary>
    public bool TakesName => Name is "fork";
}
