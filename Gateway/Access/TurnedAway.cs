using System.Globalization;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Service;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Access;

/// <summary>
/// Writes into the audit log who was turned away, so often that an operator sees an attack and so seldom that no
/// attacker fills the disk with it.
/// </summary>
internal sealed partial class TurnedAway(
    IFederation federation, GatewayOptions options, TimeProvider time, ILogger<TurnedAway> log)
{
    private readonly Lock gate = new();
    private readonly RateLimit limit = options.Limits.TurnedAwayEntries;
    private double tokens = options.Limits.TurnedAwayEntries.Burst;
    private long filledAt = time.GetTimestamp();
    private long leftOut;

    /// <summary>Writes an entry, unless there were too many of late; those are counted in the next.</summary>
    /// <param name="http">What was turned away.</param>
    /// <param name="actor">Who it says it is, as far as that is proven.</param>
    /// <param name="refusal">Why.</param>
    public async Task WriteAsync(HttpContext http, string actor, IdentityRefusal refusal)
    {
        if (Take() is not { } before) return;
        List<AuditDetail> details =
        [
            new("code", refusal.Code), new("address", http.Connection.RemoteIpAddress?.ToString() ?? "unknown"),
        ];
        if (before > 0) details.Add(new("left-out", before.ToString(CultureInfo.InvariantCulture)));
        try
        {
            await federation.Audit.AppendAsync(
                new(
                    actor, $"{http.Request.Method} turned away", http.Request.Path, AuditOutcome.Denied,
                    [.. details]),
                http.RequestAborted);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The refusal stands, written down or not.
            NotWritten(error);
        }
    }

    /// <summary>How many were left out before this one; null where this one is left out too.</summary>
    private long? Take()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            var seconds = time.GetElapsedTime(filledAt, now).TotalSeconds;
            tokens = Math.Min(limit.Burst, tokens + (seconds * limit.PerSecond));
            filledAt = now;
            if (tokens < 1)
            {
                leftOut++;
                return null;
            }

            tokens--;
            var before = leftOut;
            leftOut = 0;
            return before;
        }
    }

    [LoggerMessage(5031, LogLevel.Error, "What was turned away could not be written into the audit log.")]
    private partial void NotWritten(Exception error);
}
