using System.Globalization;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>Runs one line of a transcript after the other and says what happened.</summary>
/// <remarks>
/// A line is a verb and words. <c>@2.1</c> names a round other than the agent's own, <c>#5</c> an update, and
/// <c>key=value</c> an option. The clock stands still but for <c>tick</c> and <c>clock</c>.
/// </remarks>
internal sealed class Script
{
    private DateTimeOffset now = Samples.Midnight;
    private int commandCount;

    public RunState State { get; private set; } = Samples.Draft(Samples.Plan, Samples.Midnight);

    public List<string> Output { get; } = [];

    public void Run(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (verb, rest) = (words[0], words[1..]);
        switch (verb)
        {
            case "plan": State = Samples.Draft(Plan(rest), now); break;
            case "show": Show(); break;
            case "clock": now += TimeSpan.FromSeconds(Number(rest[0])); break;
            case "tick": Tick(rest); break;
            case "crash": Crash(); break;
            case "work": Work(); break;
            case "present" or "evaluator" or "gone" or "join": ForEach(verb, rest); break;
            default: Apply(Event(verb, rest)); break;
        }
    }

    /// <summary>Does all of the server's work that is ordered, stage after stage, without a fault.</summary>
    public void Work()
    {
        while (RunMachine.PendingEffects(State).FirstOrDefault(effect => effect is not RunEffect.Assign) is { } effect)
        {
            Apply(Worker.Do(effect, now));
        }
    }

    public void Apply(RunEvent happened)
    {
        var before = State;
        var transition = RunMachine.Apply(before, happened);
        Invariants.Check(before, transition);
        State = transition.State;
        if (Describe.Reply(transition.Answer) is { } answer) Output.Add(answer);
        Output.AddRange(transition.Effects.Select(effect => "-> " + Describe.Effect(effect)));
        if (Describe.Status(before) != Describe.Status(State)) Output.Add("= " + Describe.Status(State));
    }

    private void Tick(string[] words)
    {
        now += TimeSpan.FromSeconds(words.Length > 0 ? Number(words[0]) : 0);
        Apply(new RunEvent.Ticked(now));
    }

    /// <summary>All that outlives the process is the stored state.</summary>
    private void Crash()
    {
        var stored = RunJson.ReadState(RunJson.Write(State));
        Assert.Equal(State, stored);
        State = stored;
        Apply(new RunEvent.Restarted(now));
    }

    private void Show()
    {
        foreach (var report in State.History) Output.AddRange(Describe.Report(report));
        if (State.Round is not { } round) return;
        Output.Add($"round {round.Id} from {Describe.Hash(round.Start)}, in progress");
        Output.AddRange(round.Roster.Select(entry => "  " + Describe.Entry(entry)));
        Output.AddRange(round.Refused.Select(refused => $"  {refused.Agent}: refused, {refused.Code}"));
    }

    private void ForEach(string verb, string[] words)
    {
        foreach (var name in words.Where(word => word[0] != '@')) Apply(ForAgent(verb, name, words));
    }

    private RunEvent ForAgent(string verb, string name, string[] words) => verb switch
    {
        "present" => new RunEvent.AgentPresent(now, new(name), AgentRole.Trainer),
        "evaluator" => new RunEvent.AgentPresent(now, new(name), AgentRole.Evaluator),
        "gone" => new RunEvent.AgentGone(now, new(name)),
        _ => new RunEvent.AgentJoined(now, new(name), RoundOf(name, words)),
    };

    private RunEvent Event(string verb, string[] words) => verb switch
    {
        "decline" => new RunEvent.AgentDeclined(
            now, new(words[0]), RoundOf(words[0], words), Enum.Parse<DeclineReason>(words[1], ignoreCase: true)),
        "progress" => new RunEvent.AgentProgressed(now, new(words[0]), RoundOf(words[0], words), (int)Number(words[1])),
        "lost" => new RunEvent.AgentLost(
            now, new(words[0]), RoundOf(words[0], words), Enum.Parse<LostReason>(words[1], ignoreCase: true)),
        "deliver" => Delivery(words),
        "done" => new RunEvent.ShardDone(
            now, State.Round!.Id, words.Length > 2 ? Enum.Parse<RoundStage>(words[2]) : State.Round.Phase.Stage,
            (int)Number(words[0]), HashOf(words[1])),
        "fail" => new RunEvent.ShardFailed(now, State.Round!.Id, State.Round.Phase.Stage, (int)Number(words[0]),
            (int)Number(words[1]), string.Join(' ', words[2..])),
        "written" => new RunEvent.CheckpointWritten(now, RoundOf("", words), HashOf(words[0])),
        "evaluate" when words[1] == "no" => new RunEvent.EvaluationDeclined(now, new(words[0]), RoundOf("", words)),
        "evaluate" => new RunEvent.EvaluationDone(
            now, new(words[0]), RoundOf("", words), [new("accuracy", Number(words[1]))]),
        "forked" => new RunEvent.RunForked(now, new(words[0])),
        _ => new RunEvent.Asked(now, CommandIdOf(words), "olga", Command(verb, words)),
    };

    private static RunCommand Command(string verb, string[] words) => verb switch
    {
        "start" => new RunCommand.Start(),
        "trigger" => new RunCommand.Trigger(),
        "pause" => new RunCommand.Pause(Enum.Parse<PauseMode>(words[0] + "Round", ignoreCase: true)),
        "resume" => new RunCommand.Resume(),
        "cancel" => new RunCommand.Cancel(),
        "rollback" => new RunCommand.Rollback((int)Number(words[0])),
        "fork" => new RunCommand.Fork((int)Number(words[0]), new(words[1]), Seed: 2, Plan: null),
        _ => throw new ArgumentException($"unknown verb '{verb}'", nameof(verb)),
    };

    private RunEvent.UpdateSubmitted Delivery(string[] words)
    {
        var update = Samples.Update(now, words[0], RoundOf(words[0], words), 0) with
        {
            Update = HashOf(words.First(word => word[0] == '#')),
            Run = new(Option(words, "run", Samples.Run.Value)),
            Bytes = (long)Number(Option(words, "bytes", "100")),
            Weight = (int)Number(Option(words, "weight", "1")),
        };
        var norm = Option(words, "norm", "");
        var verdict = Enum.Parse<ScreeningVerdict>(Option(words, "verdict", "Clean"), ignoreCase: true);
        return update with { Screening = new(verdict, norm.Length == 0 ? null : Number(norm)) };
    }

    private static RunPlan Plan(string[] words)
    {
        int Value(string key, int value) =>
            (int)Number(Option(words, key, value.ToString(CultureInfo.InvariantCulture)));
        var required = Option(words, "required", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        var isPrivate = Option(words, "private", "yes") == "yes";
        var manual = Value("manual", 0);
        return Samples.Plan with
        {
            Rounds = Value("rounds", 2),
            Round = Samples.Plan.Round with
            {
                Privacy = isPrivate ? Samples.Plan.Round.Privacy : null,
                WeightMax = Value("weightMax", 1),
            },
            Schedule = manual > 0 ? new RunSchedule.Manual(manual) : new RunSchedule.Automatic(0),
            Policy = Samples.Policy with
            {
                CohortSize = Value("cohort", 2),
                OverSelection = Number(Option(words, "over", "1")),
                Quorum = Value("quorum", 2),
                RequiredAgents = required.Select(name => new AgentId(name)).ToValueList(),
                MissedQuorum = new(
                    Value("extend", 0), Value("retries", 0),
                    Enum.Parse<LastResort>(Option(words, "resort", "pause"), ignoreCase: true)),
            },
        };
    }

    private static string Option(string[] words, string key, string value) =>
        words.FirstOrDefault(word => word.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..]
            ?? value;

    /// <summary>The round that the line names, or the one the agent was invited to, or the one in progress.</summary>
    private RoundId RoundOf(string agent, string[] words)
    {
        if (words.FirstOrDefault(word => word[0] == '@') is not { } text)
        {
            var current = State.Round?.Id ?? State.History[^1].Id;
            var entry = State.Round?.Roster.FirstOrDefault(entry => entry.Agent.Value == agent);
            return entry is null ? current : current with { Attempt = entry.Attempt };
        }

        var parts = text[1..].Split('.');
        return new((int)Number(parts[0]), (int)Number(parts[1]));
    }

    private CommandId CommandIdOf(string[] words) =>
        new(Option(words, "id", string.Create(CultureInfo.InvariantCulture, $"command-{++commandCount}")));

    private static BlobHash HashOf(string word) =>
        Samples.Hash(uint.Parse(word[1..], NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
}
