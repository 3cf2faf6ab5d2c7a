using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Benchmarks.Cluster;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;

namespace FedLowRank.Benchmarks.Pages;

/// <summary>
/// A run's rounds as they go with live agents, played by the run machine: the same events, each in the journal, and the
/// server's own work on real updates, so that every checkpoint is there to be read. Only the clock is ours. In every
/// round one agent is lost and one update is kept out by screening.
/// </summary>
/// <param name="journal">Has the draft as the first entry of the run's stream.</param>
/// <param name="work">Sums and refreshes.</param>
/// <param name="updates">What agents deliver, in turn.</param>
/// <param name="draft">The run as it was made.</param>
internal sealed class PlayedRun(IJournal journal, IRoundWork work, StoredUpdates updates, RunState draft)
{
    /// <summary>What measures the checkpoints.</summary>
    public static readonly AgentId Evaluator = new("evaluator");

    private const int AppendEntries = 512;

    private static readonly TimeSpan Training = TimeSpan.FromMinutes(10), Working = TimeSpan.FromSeconds(2);

    private readonly StreamName stream = new(RunActor.Prefix + draft.Id);
    private readonly List<ReadOnlyMemory<byte>> entries = [];
    private readonly Queue<RunEffect> orders = [];
    private RunState state = draft;
    private DateTimeOffset now;
    private long last = 1;

    /// <summary>Plays rounds, and opens the next.</summary>
    /// <param name="agents">Connected all the while.</param>
    /// <param name="rounds">How many.</param>
    /// <param name="end">When the last of them ends.</param>
    /// <returns>The run, as it is stored.</returns>
    public async Task<RunState> PlayAsync(IEnumerable<AgentId> agents, int rounds, DateTimeOffset end)
    {
        now = end - (rounds + 1) * (Training + 4 * Working);
        foreach (var agent in agents) await TellAsync(new RunEvent.AgentPresent(now, agent, AgentRole.Trainer));
        await TellAsync(new RunEvent.AgentPresent(now, Evaluator, AgentRole.Evaluator));
        await TellAsync(new RunEvent.Asked(now, new("start"), "benchmark", new RunCommand.Start()));
        for (var round = 1; round <= rounds; round++) await PlayRoundAsync(round);
        await FlushAsync();
        await journal.SaveSnapshotAsync(stream, last, RunJson.Write(state));
        return state;
    }

    private async Task PlayRoundAsync(int number)
    {
        if (state.Round?.Id is not { Attempt: 1 } id || id.Number != number)
            throw new InvalidOperationException($"{state.Id} is {state.Status.Name} before round {number}");
        var invited = state.Round.Roster.Select(entry => entry.Agent).ToList();
        foreach (var agent in invited) await TellAsync(new RunEvent.AgentJoined(now, agent, id));
        now += Training;
        for (var i = 0; i < invited.Count; i++) await TellAsync(EndOf(invited[i], id, i, invited.Count));
        while (orders.TryDequeue(out var order))
        {
            now += Working;
            await TellAsync(await WorkPiece.DoAsync(
                work, state.Id, state.Plan, order, state.Round.Start, CancellationToken.None) with
            { Now = now });
        }

        now += Working;
        await TellAsync(new RunEvent.EvaluationDone(now, Evaluator, id, Measured(number)));
        await TellAsync(new RunEvent.Ticked(now));
    }

    private RunEvent EndOf(AgentId agent, RoundId round, int index, int count)
    {
        if (index == round.Number % count) return new RunEvent.AgentLost(now, agent, round, LostReason.Resources);
        var (update, sections) = updates.Updates[(index + round.Number) % updates.Updates.Count];
        var verdict = index == (round.Number + 1) % count ? ScreeningVerdict.OffGrid : ScreeningVerdict.Clean;
        return new RunEvent.UpdateSubmitted(
            now, state.Id, round, agent, update, updates.Shape.Plan.Form().Bytes, Weight: 1, new(verdict, Norm: null))
        {
            Sections = verdict == ScreeningVerdict.Clean ? sections : null,
        };
    }

    // As a run that learns looks: quickly at first, and never quite smoothly.
    private static ValueList<Metric> Measured(int round) =>
    [
        new("accuracy", 0.9 - 0.4 * Math.Exp(-round / 60.0) + 0.004 * Math.Sin(round)),
        new("loss", 0.3 + 0.9 * Math.Exp(-round / 60.0) + 0.01 * Math.Cos(round)),
        new("macro_f1", 0.88 - 0.45 * Math.Exp(-round / 70.0) + 0.005 * Math.Sin(round)),
    ];

    private async Task TellAsync(RunEvent happened)
    {
        var transition = RunMachine.Apply(state, happened);
        if (transition.Answer is Answer.Refused { Refusal: var refusal } &&
            happened is not RunEvent.UpdateSubmitted { Screening.Verdict: not ScreeningVerdict.Clean })
            throw new InvalidOperationException($"{happened}: {refusal.Message}");
        if (ReferenceEquals(transition.State, state)) return;
        state = transition.State;
        foreach (var effect in transition.Effects.Where(effect => WorkPiece.Of(effect) is not null))
            orders.Enqueue(effect);
        entries.Add(RunJson.Write(happened));
        if (entries.Count == AppendEntries) await FlushAsync();
    }

    private async Task FlushAsync()
    {
        if (entries.Count == 0) return;
        last = await journal.AppendAsync(stream, last, entries) is AppendResult.Appended appended
            ? appended.Last
            : throw new InvalidOperationException($"somebody else writes {stream}");
        entries.Clear();
    }
}
