using System.Buffers.Binary;
using System.CommandLine;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Verbs;

/// <summary><c>runs</c>: make runs, steer them and look at them.</summary>
internal static class RunsVerbs
{
    public static Command Create(CommandHost host) => AdminVerb.Group(
        "runs", "Make runs, steer them and look at them.",
        CreateVerb.Create(host),
        Steer(host, "start", "Start a draft.", () => new RunCommand.Start()),
        Pause(host),
        Steer(host, "resume", "Let a paused run go on.", () => new RunCommand.Resume()),
        Steer(host, "cancel", "End a run for good.", () => new RunCommand.Cancel()),
        List(host),
        Show(host),
        WatchVerb.Create(host),
        Rollback(host),
        Fork(host),
        ExportVerb.Create(host));

    /// <summary>The argument that most verbs begin with.</summary>
    public static Argument<RunId> RunArgument() =>
        AdminVerb.Argument<RunId>("run", "Name of the run.", text => new(text));

    private static Command Steer(CommandHost host, string name, string description, Func<RunCommand> command)
    {
        var run = RunArgument();
        return AdminVerb.Create(
            host, name, description, [run],
            (session, token) => CommandAsync(session, session.Get(run), command(), token));
    }

    private static Command Pause(CommandHost host)
    {
        var run = RunArgument();
        var mode = new Option<string>("--round")
        {
            Description = "What becomes of the round in progress: finish it, hold it (agents may still deliver), or " +
                "abandon it (privacy already spent is lost). [default: finish]",
            HelpName = "finish|hold|abandon",
            DefaultValueFactory = _ => "finish",
        };
        mode.AcceptOnlyFromAmong("finish", "hold", "abandon");
        return AdminVerb.Create(host, "pause", "Pause a run.", [run, mode], (session, token) => CommandAsync(
            session, session.Get(run), new RunCommand.Pause(session.Get(mode) switch
            {
                "hold" => PauseMode.HoldRound,
                "abandon" => PauseMode.AbandonRound,
                _ => PauseMode.FinishRound,
            }), token));
    }

    private static Command Rollback(CommandHost host)
    {
        var run = RunArgument();
        var round = RoundOption("--to", "Round to go back to; 0 is the start.");
        round.Required = true;
        return AdminVerb.Create(
            host, "rollback", "Go back to the checkpoint after a round; the run pauses.", [run, round],
            (session, token) => CommandAsync(
                session, session.Get(run), new RunCommand.Rollback(session.Get(round)!.Value), token));
    }

    private static Command Fork(CommandHost host)
    {
        var run = RunArgument();
        var name = AdminVerb.Argument<RunId>("name", "Name of the new run.", text => new(text));
        var round = RoundOption("--round", "Round whose checkpoint the new run starts from. [default: the last]");
        return AdminVerb.Create(
            host, "fork", "Draft a new run from a checkpoint; this run goes on.", [run, name, round],
            async (session, token) =>
            {
                using var client = await session.ConnectAsync(token);
                var from = session.Get(round)
                    ?? (await RunCalls.StateAsync(client, session.Get(run), token)).State.LastRound;
                var seed = new byte[sizeof(ulong)];
                session.Host.Random.Fill(seed);
                var fork = new RunCommand.Fork(
                    from, session.Get(name), BinaryPrimitives.ReadUInt64BigEndian(seed), Plan: null);
                var answer = await RunCalls.CommandAsync(client, session.Get(run), fork, token);
                Answer(session, session.Get(run), fork, answer);
                session.Note(
                    $"{session.Get(name)} is a draft; start it with: fedlowrank runs start {session.Get(name)}");
            });
    }

    private static Command List(CommandHost host) => AdminVerb.Create(
        host, "list", "All runs.", [], async (session, token) =>
        {
            using var client = await session.ConnectAsync(token);
            var runs = await client.GetAsync(Routes.Runs, WireJson.Default.IReadOnlyListRunSummary, token);
            session.Answer(runs, WireJson.Default.IReadOnlyListRunSummary, console =>
            {
                var table = Tables.New("run", "status", "round", "method", "private");
                foreach (var run in runs)
                {
                    table.AddCells(
                        run.Run.Value, run.Status, $"{run.Round} of {run.Rounds}", run.Method,
                        run.IsPrivate ? "yes" : "no");
                }

                console.WriteTable(
                    table, "there are no runs; make one with: fedlowrank runs create NAME --file run.json");
            });
        });

    private static Command Show(CommandHost host)
    {
        var run = RunArgument();
        return AdminVerb.Create(host, "show", "A run, its plan and its rounds.", [run], async (session, token) =>
        {
            using var client = await session.ConnectAsync(token);
            var (state, json) = await RunCalls.StateAsync(client, session.Get(run), token);
            if (session.IsJson) session.AnswerJson(json);
            else RunTables.Write(CommandHost.ConsoleOn(host.Output), state);
        });
    }

    public static async Task CommandAsync(
        AdminSession session, RunId run, RunCommand command, CancellationToken cancellationToken)
    {
        using var client = await session.ConnectAsync(cancellationToken);
        Answer(session, run, command, await RunCalls.CommandAsync(client, run, command, cancellationToken));
    }

    private static void Answer(AdminSession session, RunId run, RunCommand command, CommandAnswer answer) =>
        session.Answer(
            new CommandLineAnswer(run, command.Name, answer.Status), AdminJson.Default.CommandLineAnswer,
            console => console.Say($"{run}: {answer.Status}"));

    /// <summary>An option that names a round.</summary>
    public static Option<int?> RoundOption(string name, string description) =>
        AdminVerb.OptionalNumber(name, "round", description, (0, RunPlan.RoundsMax));
}
