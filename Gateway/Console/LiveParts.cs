using System.Runtime.CompilerServices;
using System.Text.Json;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Events;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Console;

/// <summary>Tells a page its parts anew as they change, as text that takes the place of what is there.</summary>
internal sealed class LiveParts(EventStream events, ConsoleAccess access, TimeProvider time)
{
    /// <summary>
    /// Least time between two tellings, so that many changes at once are shown as one, and as a share of the time that
    /// a telling takes: however large a page is, it takes no more than a fifth of a processor while it is open.
    /// </summary>
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(500);

    private const int PauseShare = 4;

    /// <summary>Serves until the browser goes, or its session is over.</summary>
    /// <param name="http">The request.</param>
    /// <param name="action">What the person must be allowed to do all the while.</param>
    /// <param name="parts">Components and their parameters, each in place of the one before.</param>
    public Task ServeAsync(
        HttpContext http, AdminAction action,
        Func<CancellationToken, IAsyncEnumerable<(Type Component, (string, object?)[] Parameters)>> parts) =>
        events.ServeAsync(
            http, "parts", token => RenderAsync(http, parts(token), token),
            isOver: async () =>
                await access.SessionAsync(http) is not { User: var user } || !user.Equals(http.Person()) ||
                user.RefusalOf(action) is not null);

    /// <summary>The same question again and again, for what no stream tells.</summary>
    public static async IAsyncEnumerable<(Type Component, (string, object?)[] Parameters)> AgainAsync(
        Func<Task<(Type, (string, object?)[])>> ask, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested) yield return await ask();
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> RenderAsync(
        HttpContext http, IAsyncEnumerable<(Type Component, (string Name, object? Value)[] Parameters)> parts,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = "";
        await foreach (var (component, parameters) in parts.WithCancellation(cancellationToken))
        {
            var began = time.GetTimestamp();
            var text = await ConsolePage.RenderAsync(
                http, component, parameters.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal));
            if (text != last)
            {
                last = text;
                yield return JsonSerializer.SerializeToUtf8Bytes(text, ConsoleJson.Default.String);
            }

            var pause = PauseShare * time.GetElapsedTime(began);
            await Task.Delay(pause > PauseMin ? pause : PauseMin, time, cancellationToken);
        }
    }
}
