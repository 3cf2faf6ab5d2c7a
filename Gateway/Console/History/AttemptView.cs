using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Gateway.Console.Views;

namespace FedLowRank.Gateway.Console.History;

/// <summary>One attempt at a round, ended or in progress.</summary>
/// <param name="Run">The run.</param>
/// <param name="Id">Number and attempt.</param>
/// <param name="Words">How it stands or ended, in words.</param>
/// <param name="Opened">When.</param>
/// <param name="Start">The checkpoint that it starts from.</param>
/// <param name="Checkpoint">The one that it gave; null where there is none.</param>
/// <param name="Evaluation">Of that; null where there is none yet.</param>
/// <param name="Agents">Who was invited.</param>
/// <param name="Refused">Who else was refused.</param>
/// <param name="Durations">Of phases that have ended.</param>
/// <param name="Now">Where it is in progress, the attempt itself.</param>
public sealed record AttemptView(
    RunId Run, RoundId Id, string Words, DateTimeOffset Opened, BlobHash Start, BlobHash? Checkpoint,
    Evaluation? Evaluation, ValueList<RosterEntry> Agents, ValueList<RefusedAgent> Refused,
    ValueList<PhaseDuration> Durations, RoundState? Now)
{
    /// <summary>Updates that were accepted.</summary>
    public IEnumerable<(AgentId Agent, Standing.Delivered Update)> Accepted => With<Standing.Delivered>();

    /// <summary>Updates that screening kept out.</summary>
    public IEnumerable<(AgentId Agent, Standing.Quarantined Update)> KeptOut => With<Standing.Quarantined>();

    /// <summary>An attempt of a run; null where there is none of that number.</summary>
    public static AttemptView? Find(RunState run, RoundId id)
    {
        if (run.Round is { } now && now.Id == id)
        {
            return new(
                run.Id, id, run.Status is RunStatus.Paused ? "Held by a pause" : "In progress", now.Opened, now.Start,
                (now.Phase as RoundPhase.Evaluating)?.Checkpoint, Evaluation: null, now.Roster, now.Refused,
                now.Durations, now);
        }

        if (run.History.LastOrDefault(report => report.Id == id) is not { } ended) return null;
        var completed = ended.Result as RoundResult.Completed;
        return new(
            run.Id, id, StatusView.Result(ended), ended.Opened, ended.Start, completed?.Checkpoint,
            completed?.Evaluation, ended.Agents, ended.Refused, ended.Durations, Now: null);
    }

    private IEnumerable<(AgentId Agent, TStanding Update)> With<TStanding>()
        where TStanding : Standing =>
        Agents.Where(entry => entry.Standing is TStanding).Select(entry => (entry.Agent, (TStanding)entry.Standing));
}
