using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>All that a run remembers. <see cref="RunMachine"/> alone makes a new one from an old one.</summary>
/// <remarks>
/// Size as JSON: about 2 KiB, 50 bytes for each connected agent and 350 for each agent of the attempt in progress; for
/// good 220 bytes for each agent of a past attempt and 650 for the attempt itself. Nothing else grows.
/// </remarks>
/// <param name="Id">The run.</param>
/// <param name="Plan">What was asked for.</param>
/// <param name="Origin">The checkpoint that the run starts from.</param>
/// <param name="Seed">Decides, with the round, in which order agents are invited.</param>
/// <param name="Clock">The run's own time.</param>
/// <param name="Status">What it is doing.</param>
/// <param name="History">Every attempt that has ended, oldest first. Nothing is ever taken out.</param>
/// <param name="Agents">Those connected now, sorted by agent.</param>
/// <param name="Forks">Runs ordered from this one's checkpoints that do not exist yet.</param>
/// <param name="Commands">The last commands obeyed, at most <see cref="CommandsMax"/>, oldest first.</param>
public sealed record RunState(
    RunId Id, RunPlan Plan, RunOrigin Origin, ulong Seed, RunClock Clock, RunStatus Status,
    ValueList<RoundReport> History, ValueList<AgentSeat> Agents, ValueList<ForkOrder> Forks,
    ValueList<ObeyedCommand> Commands)
{
    /// <summary>How many obeyed commands are remembered; one sent again after more than these is new.</summary>
    public const int CommandsMax = 64;

    /// <summary>The attempt in progress or held by a pause, if any.</summary>
    public RoundState? Round => Status switch
    {
        RunStatus.InRound running => running.Round,
        RunStatus.Paused paused => paused.Held,
        _ => null,
    };

    /// <summary>Number of the last round whose checkpoint counts; the origin's where none was completed.</summary>
    public int LastRound => Lineage.LastOrDefault()?.Id.Number ?? Origin.Round;

    /// <summary>The completed rounds that count, in order: those that no rollback has superseded.</summary>
    internal IEnumerable<RoundReport> Lineage =>
        History.Where(report => report is { IsSuperseded: false, Result: RoundResult.Completed });

    /// <summary>The checkpoint after round <paramref name="number"/>, or null where none counts.</summary>
    public BlobHash? CheckpointOf(int number)
    {
        if (number == Origin.Round) return Origin.Checkpoint;
        return Lineage.FirstOrDefault(report => report.Id.Number == number)?.Result is RoundResult.Completed completed
            ? completed.Checkpoint
            : null;
    }

    internal RunState WithRound(RoundState round) => Status switch
    {
        RunStatus.InRound running => this with { Status = running with { Round = round } },
        RunStatus.Paused paused => this with { Status = paused with { Held = round } },
        _ => throw new InvalidOperationException($"a run that is {Status.Name} has no round"),
    };

    internal TimeSpan DeadlineIn(int seconds) => Clock.Elapsed + TimeSpan.FromSeconds(seconds);

    internal bool IsPresent(AgentId agent) => Agents.Find(agent, seat => seat.Agent) >= 0;
}
