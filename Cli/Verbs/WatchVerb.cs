using System.CommandLine;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Watching;
using FedLowRank.Federation.Wire;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FedLowRank.Cli.Verbs;

/// <summary><c>runs watch</c>: a run until it ends.</summary>
internal static class WatchVerb
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    public static Command Create(CommandHost host)
    {
        var run = RunsVerbs.RunArgument();
        return AdminVerb.Create(
            host, "watch", "Follow a run until it ends; the exit code says how. With --json a line for each change.",
            [run],
            async (session, token) =>
            {
                using var client = await session.ConnectAsync(token);
                var follower = new RunFollower(client, host.Time);
                var console = CommandHost.ConsoleOn(host.Output);
                var isLive = !session.IsJson && console.Profile.Capabilities.Ansi && console.Profile.Out.IsTerminal;
                var last = isLive
                    ? await WatchLiveAsync(
                        new(host.Time, await AheadAsync(client, host.Time, token)), console, follower,
                        session.Get(run), token)
                    : await WatchLinesAsync(session, follower, session.Get(run), token);
                return ExitFor(last);
            });
    }

    private static int ExitFor(RunState state) => state.Status switch
    {
        RunStatus.Failed => ExitCode.RunFailed,
        RunStatus.Cancelled => ExitCode.RunCancelled,
        _ => ExitCode.Done,
    };

    private static bool HasEnded(RunState state) =>
        state.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;

    /// <summary>How far the server's clock is ahead of this one.</summary>
    private static async Task<TimeSpan> AheadAsync(
        AdminClient client, TimeProvider time, CancellationToken cancellationToken) =>
        (await client.GetAsync(Routes.Server, WireJson.Default.ServerFacts, cancellationToken)).Now - time.GetUtcNow();

    private static async Task<RunState> WatchLinesAsync(
        AdminSession session, RunFollower follower, RunId run, CancellationToken cancellationToken)
    {
        RunState? last = null;
        var output = session.Host.Output;
        await follower.FollowAsync(
            run,
            state =>
            {
                if (session.IsJson)
                {
                    output.WriteLine(JsonSerializer.Serialize(WatchTexts.Line(state), AdminJson.Default.WatchLine));
                }
                else
                {
                    foreach (var line in WatchTexts.Changes(last, state)) output.WriteLine(Printable.Of(line));
                }

                output.Flush();
                last = state;
                return HasEnded(state);
            },
            session.Note,
            cancellationToken);
        return last!;
    }

    private static async Task<RunState> WatchLiveAsync(
        Latest latest, IAnsiConsole console, RunFollower follower, RunId run, CancellationToken cancellationToken)
    {
        await console.Live(new Text("")).StartAsync(async live =>
        {
            using var ticks = new PeriodicTimer(Tick, latest.Time);
            var following = follower.FollowAsync(run, latest.Told, latest.Troubled, cancellationToken);
            while (!following.IsCompleted)
            {
                Show();
                await Task.WhenAny(following, ticks.WaitForNextTickAsync(cancellationToken).AsTask());
            }

            await following;
            Show();

            void Show()
            {
                if (latest.View() is { } view) live.UpdateTarget(view);
            }
        });
        return latest.State!;
    }

    /// <summary>What the view shows; told by the connection, read by the clock.</summary>
    /// <param name="time">This machine's clock.</param>
    /// <param name="ahead">How far the server's is ahead of it.</param>
    private sealed class Latest(TimeProvider time, TimeSpan ahead)
    {
        private readonly Lock held = new();
        private string? trouble;

        public TimeProvider Time => time;

        public RunState? State { get; private set; }

        public bool Told(RunState state)
        {
            lock (held) (State, trouble) = (state, null);
            return HasEnded(state);
        }

        public void Troubled(string why)
        {
            lock (held) trouble = why;
        }

        public IRenderable? View()
        {
            lock (held)
            {
                return State is null
                    ? null
                    : RunView.Render(State, time.GetUtcNow() + ahead - State.Clock.LastSeen, trouble);
            }
        }
    }
}
