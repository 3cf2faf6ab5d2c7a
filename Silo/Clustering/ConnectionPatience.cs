using Microsoft.Extensions.Logging;

namespace FedLowRank.Silo.Clustering;

/// <summary>A gateway that starts before any silo waits for one, for as long as it takes.</summary>
internal sealed partial class ConnectionPatience(TimeProvider time, ILogger<ConnectionPatience> log)
    : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        NoSilo(exception.Message);
        await Task.Delay(Pause, time, cancellationToken);
        return true;
    }

    [LoggerMessage(7010, LogLevel.Warning, "No silo takes this gateway yet: {Reason}")]
    private partial void NoSilo(string reason);
}
