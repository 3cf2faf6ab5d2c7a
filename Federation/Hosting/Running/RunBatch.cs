using System.Globalization;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>What a row of events leads to, before any of it is durable.</summary>
internal sealed class RunBatch(RunState first)
{
    private static readonly int EntryBytesMax = new JournalLimits().EntryBytesMax;

    private readonly List<(RunMessage Message, Answer Answer)> answers = [];

    /// <summary>The state after all events.</summary>
    public RunState State { get; private set; } = first;

    /// <summary>The events that changed the state, as they are stored.</summary>
    public List<ReadOnlyMemory<byte>> Entries { get; } = [];

    /// <summary>What the events order, in their order.</summary>
    public List<RunEffect> Effects { get; } = [];

    /// <summary>What people asked for.</summary>
    public List<AuditDraft> Audit { get; } = [];

    /// <summary>True where a run in this status has to do with agents.</summary>
    public static bool IsActive(RunState state) =>
        state.Status is RunStatus.BetweenRounds or RunStatus.InRound or RunStatus.Paused;

    /// <summary>Applies one more event.</summary>
    /// <exception cref="JournalException">The event is too large to be stored; it is not applied.</exception>
    public void Apply(RunMessage message, DateTimeOffset now)
    {
        var happened = message.Happened with { Now = now };

        // Who comes and goes matters to a run that is under way; when it begins, all who are there are announced.
        if (happened is RunEvent.AgentPresent or RunEvent.AgentGone && !IsActive(State))
        {
            answers.Add((message, new Answer.Ignored()));
            return;
        }

        var transition = RunMachine.Apply(State, happened);
        var isChanged = !ReferenceEquals(transition.State, State);
        if (isChanged)
        {
            if (Write(happened) is not { } entry)
            {
                // What JSON cannot hold was refused; of such an event the passing of time alone is kept.
                Apply(new RunMessage(new RunEvent.Ticked(now), isAsked: false), now);
                answers.Add((message, transition.Answer));
                return;
            }

            Entries.Add(entry);
        }

        if (happened is RunEvent.Asked asked && (isChanged || transition.Answer is Answer.Refused))
            Audit.Add(DraftOf(asked, transition.Answer));
        State = transition.State;
        Effects.AddRange(transition.Effects);
        answers.Add((message, transition.Answer));
    }

    /// <summary>Gives the answers; the state must be durable.</summary>
    public void Answer()
    {
        foreach (var (message, answer) in answers) message.Answer(answer);
    }

    private AuditDraft DraftOf(RunEvent.Asked asked, Answer answer)
    {
        var action = $"run-{asked.Command.Name}";
        return answer is Answer.Refused { Refusal: var refusal }
            ? Audits.Refused(asked.By, action, State.Id.Value, refusal.Code)
            : Audits.Done(
                asked.By, action, State.Id.Value, [new("command", asked.Id.Value), .. DetailsOf(asked.Command)]);
    }

    private static IEnumerable<AuditDetail> DetailsOf(RunCommand command) => command switch
    {
        RunCommand.Pause pause => [new("mode", pause.Mode.ToString())],
        RunCommand.Rollback rollback => [new("round", Number(rollback.Round))],
        RunCommand.Fork fork => [new("round", Number(fork.Round)), new("new-run", fork.NewRun.Value)],
        _ => [],
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static byte[]? Write(RunEvent happened)
    {
        byte[] entry;
        try
        {
            entry = RunJson.Write(happened);
        }
        catch (ArgumentException)
        {
            return null;
        }

        return entry.Length <= EntryBytesMax
            ? entry
            : throw new JournalException(
                JournalError.TooLarge, $"an event of {entry.Length} bytes; at most {EntryBytesMax} are kept");
    }
}
