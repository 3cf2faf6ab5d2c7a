using System.Buffers.Binary;
using FedLowRank.Privacy;

namespace FedLowRank.ClientAgent.Server;

/// <summary>
/// Waits between tries: twice as long each time up to a limit, and then by chance between half of it and all of it, so
/// that a thousand agents do not all come back in the same second.
/// </summary>
internal sealed class Backoff(AgentTimings timings, TimeProvider time, IRandomSource random)
{
    private int tries;

    /// <summary>The next wait begins at the beginning.</summary>
    public void Reset() => tries = 0;

    /// <summary>Waits.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        var longest = Math.Min(
            timings.RetryFirst.TotalMilliseconds * Math.Pow(2, Math.Min(tries++, 30)),
            timings.RetryMax.TotalMilliseconds);
        var bytes = new byte[sizeof(uint)];
        random.Fill(bytes);
        var share = 0.5 + (BinaryPrimitives.ReadUInt32LittleEndian(bytes) / (2.0 * uint.MaxValue));
        await Task.Delay(TimeSpan.FromMilliseconds(longest * share), time, cancellation);
    }

    /// <summary>Does something again and again until the server gives a definite answer.</summary>
    /// <exception cref="RefusedException">That answer is no.</exception>
    /// <exception cref="NotAdmittedException">The agent is not welcome any more.</exception>
    public async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> attempt, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (Exception error) when (IsPassing(error, cancellation))
            {
                await WaitAsync(cancellation);
            }
        }
    }

    /// <summary>Whether a failure is of the network, or of a server that is not ready.</summary>
    public static bool IsPassing(Exception error, CancellationToken cancellation) => error switch
    {
        HttpRequestException or HttpIOException or TimeoutException => true,
        OperationCanceledException => !cancellation.IsCancellationRequested,
        ChannelException => true,
        _ => false,
    };
}
