using System.Reflection;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>
/// Goal: every event has a defined outcome in every state. Method: all states of the transcripts with all kinds of
/// events; reflection over the unions shows that no kind of state, event or answer is left out.
/// </summary>
public class TotalityTests
{
    private static readonly IReadOnlyCollection<RunState> States = TranscriptTests.States();

    [Fact]
    public void The_samples_leave_no_kind_of_state_out()
    {
        Covers(States.Select(state => state.Status));
        Covers(States.Select(state => state.Round?.Phase));
        Covers(States.Select(state => (state.Status as RunStatus.Paused)?.Reason));
        Covers(States.Select(state => (state.Status as RunStatus.Failed)?.Reason));
        Covers(States.SelectMany(state => state.History).Select(report => report.Result));
        Covers(States.SelectMany(state => state.History).Select(report => report.Result)
            .OfType<RoundResult.Completed>().Select(result => result.Evaluation));
        Covers(States.Select(state => state.Plan.Schedule));
        Covers(States.SelectMany(state => state.History).SelectMany(report => report.Agents)
            .Concat(States.SelectMany(state => state.Round?.Roster ?? [])).Select(entry => entry.Standing));
        var running = States.Select(state => state.Status).OfType<RunStatus.InRound>();
        Assert.Equal(
            Enum.GetValues<RoundStage>(), running.Select(status => status.Round.Phase.Stage).Distinct().Order());
    }

    [Fact]
    public void The_samples_leave_no_kind_of_event_out()
    {
        Covers(EventSamples.All(Samples.Midnight));
        Covers(EventSamples.Commands());
    }

    [Fact]
    public void Every_event_has_an_outcome_in_every_state()
    {
        var (refusals, effects, answers) = (new List<Refusal>(), new List<RunEffect>(), new List<Answer>());
        foreach (var state in States)
        {
            foreach (var happened in EventSamples.All(state.Clock.LastSeen.AddSeconds(1)))
            {
                var transition = RunMachine.Apply(state, happened);
                Invariants.Check(state, transition);
                answers.Add(transition.Answer);
                effects.AddRange(transition.Effects);
                if (transition.Answer is Answer.Refused refused) refusals.Add(refused.Refusal);
            }
        }

        Covers(answers);
        Covers(effects);
        Covers(effects.OfType<RunEffect.Assign>().Select(effect => effect.Assignment));

        // The machine has no blobs; who has them refuses by this.
        refusals.Add(new Refusal.BadStart(1, "it is gone"));
        Covers(refusals);
        Assert.All(refusals.Distinct(), refusal => Assert.NotEqual("", refusal.Message));
        Assert.Equal(CasesOf(typeof(Refusal)).Count, refusals.Select(refusal => refusal.Code).Distinct().Count());
    }

    [Fact]
    public void Whatever_happened_time_alone_then_changes_nothing_and_a_restart_orders_the_same_work()
    {
        foreach (var state in States)
        {
            foreach (var happened in EventSamples.All(state.Clock.LastSeen.AddSeconds(1)))
            {
                var after = RunMachine.Apply(state, happened).State;
                Assert.Same(after, RunMachine.Apply(after, new RunEvent.Ticked(after.Clock.LastSeen)).State);

                var restarted = RunMachine.Apply(after, new RunEvent.Restarted(after.Clock.LastSeen));
                Assert.Equal(
                    RunMachine.PendingEffects(after).Where(effect => effect is not RunEffect.Assign),
                    restarted.Effects);
            }
        }
    }

    [Fact]
    public void An_event_that_changed_nothing_or_was_obeyed_can_come_again()
    {
        foreach (var state in States)
        {
            foreach (var happened in EventSamples.All(state.Clock.LastSeen.AddSeconds(1)))
            {
                var once = RunMachine.Apply(state, happened);
                var twice = RunMachine.Apply(once.State, happened);
                if (happened is RunEvent.Restarted or RunEvent.Ticked) continue;
                Assert.True(
                    ReferenceEquals(once.State, twice.State), $"{happened} again, after {Describe.Status(state)}");
            }
        }
    }

    [Fact]
    public void Every_state_and_event_is_read_back_from_JSON_as_it_was_written()
    {
        foreach (var state in States) Assert.Equal(state, RunJson.ReadState(RunJson.Write(state)));
        foreach (var happened in EventSamples.All(Samples.Midnight).Where(IsWritable))
            Assert.Equal(happened, RunJson.ReadEvent(RunJson.Write(happened)));
    }

    private static bool IsWritable(RunEvent happened) => happened is not (
        RunEvent.UpdateSubmitted { Screening.Norm: double.NaN } or RunEvent.EvaluationDone { Metrics: [{ Name: "" }] });

    private static void Covers<T>(IEnumerable<T?> samples)
        where T : class
    {
        var seen = samples.Where(sample => sample is not null).Select(sample => sample!.GetType()).ToHashSet();
        Assert.Empty(CasesOf(typeof(T)).Except(seen).Select(type => type.Name));
    }

    private static List<Type> CasesOf(Type union) =>
        [.. union.GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(union))];
}
