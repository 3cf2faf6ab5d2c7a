using System.Globalization;
using System.Net.ServerSentEvents;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Verbs;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Watching;

/// <summary>Hears every change of a run that the server tells, and dials again where the connection breaks.</summary>
/// <param name="client">The server.</param>
/// <param name="time">Measures silences.</param>
internal sealed class RunFollower(AdminClient client, TimeProvider time)
{
    /// <summary>The name of the server's events.</summary>
    private const string StateEvent = "state";

    /// <summary>A server that is away for longer is not coming back by itself.</summary>
    public static readonly TimeSpan AwayMax = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(15);

    /// <summary>Follows a run until <paramref name="onState"/> says that it was the last state.</summary>
    /// <param name="run">The run.</param>
    /// <param name="onState">Hears the run as it is and after changes; true to stop.</param>
    /// <param name="onTrouble">Hears why the connection broke, for people.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="AdminException">
    /// There is no such run, it may not be seen, or the server was away for too long.
    /// </exception>
    public async Task FollowAsync(
        RunId run, Func<RunState, bool> onState, Action<string> onTrouble, CancellationToken cancellationToken)
    {
        var heard = time.GetTimestamp();
        for (var pause = PauseMin; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, PauseMax.Ticks)))
        {
            try
            {
                await using var body = await client.OpenAsync(Routes.RunEvents(run), cancellationToken);
                var events = SseParser.Create(
                    body, (kind, data) => kind == StateEvent ? RunCalls.Parse(data) : null);
                await foreach (var told in events.EnumerateAsync(cancellationToken))
                {
                    (heard, pause) = (time.GetTimestamp(), PauseMin);
                    if (told.Data is { } state && onState(state)) return;
                }

                onTrouble("the server ended the connection");
            }
            catch (Exception error) when (error is IOException or HttpRequestException or
                AdminException { ExitCode: ExitCode.Unreachable })
            {
                onTrouble(error.Message);
            }

            if (time.GetElapsedTime(heard) > AwayMax)
            {
                throw AdminException.Unreachable("away", string.Create(
                    CultureInfo.InvariantCulture,
                    $"{client.Server} has not been heard for {AwayMax.TotalMinutes} minutes; the run may go on there"));
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }
}
