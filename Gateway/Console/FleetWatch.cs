using FedLowRank.Federation.Service;

// The question is this object's own and waits for nobody who waits for it.
#pragma warning disable VSTHRD003

namespace FedLowRank.Gateway.Console;

/// <summary>
/// The facts of the fleet for pages that stay open. No stream tells of all agents, so each page asks again and again;
/// all of them share one question, for on a cluster it goes to every agent's grain.
/// </summary>
internal sealed class FleetWatch(IFederation federation, TimeProvider time)
{
    /// <summary>An answer is shared for so long, and for <see cref="RestShare"/> times as long as it took.</summary>
    private static readonly TimeSpan AgeMin = TimeSpan.FromMilliseconds(250);

    private const int RestShare = 4;

    private readonly Lock gate = new();
    private Task<FleetFacts>? answer;
    private long freshUntil;

    /// <summary>The facts, hardly older than now.</summary>
    public Task<FleetFacts> FindAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (answer is null || (answer.IsCompleted && time.GetTimestamp() >= freshUntil))
                answer = Task.Run(AskAsync, CancellationToken.None);
            return answer.WaitAsync(cancellationToken);
        }
    }

    private async Task<FleetFacts> AskAsync()
    {
        var began = time.GetTimestamp();
        try
        {
            // Whoever asked first may go; the others still wait.
            return await FleetFacts.ReadAsync(federation, CancellationToken.None);
        }
        finally
        {
            var rest = RestShare * time.GetElapsedTime(began);
            var age = rest > AgeMin ? rest : AgeMin;
            freshUntil = time.GetTimestamp() + (long)(age.TotalSeconds * time.TimestampFrequency);
        }
    }
}
