using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Grains.Faults;
using Orleans.Runtime.Messaging;

namespace FedLowRank.Grains.Front;

/// <summary>
/// Asks a grain again where its silo died or its activation went, until the cluster has had the time to notice and to
/// activate it elsewhere. A call that threw may have happened, so only what may happen twice is asked through this.
/// </summary>
internal static class Retry
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    // Longer than a cluster needs to declare a silo dead.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // What is waited for is the cluster, which lives by this clock whatever the rules are judged by.
    private static readonly TimeProvider Time = TimeProvider.System;

    /// <summary>Asks until there is an answer or a fault that no other activation would mend.</summary>
    /// <param name="call">May happen more than once.</param>
    /// <param name="cancellationToken">Stops waiting; the call may happen all the same.</param>
    /// <exception cref="JournalException">
    /// <see cref="JournalError.Unavailable"/>: there was no answer for about twenty seconds.
    /// </exception>
    public static Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        RunAsync(call, Patience, cancellationToken);

    /// <summary>
    /// As the other, for a call that is answered at once or not at all: a silo that dies may take one with it of which
    /// nobody is told for half a minute. It may happen twice at once.
    /// </summary>
    public static Task<T> BrieflyAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        RunAsync(() => call().SoonAsync(), cancellationToken);

    /// <summary>As the other, for a call that answers nothing.</summary>
    public static Task BrieflyAsync(Func<Task> call, CancellationToken cancellationToken) =>
        RunAsync(() => call().SoonAsync(), cancellationToken);

    /// <summary>As the other, for a call that waits for news, and for as long as somebody wants to know.</summary>
    public static Task<T> ForeverAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        RunAsync(() => call().WaitAsync(Answers.NewsMax, Time), TimeSpan.MaxValue, cancellationToken);

    /// <summary>As the other, for a call that answers nothing.</summary>
    public static Task RunAsync(Func<Task> call, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await call();
            return true;
        },
        cancellationToken);

    /// <summary>Whether another activation, or the same one over another connection, may answer.</summary>
    public static bool IsTransient(Exception error) => error
        is ActivationLostException or OrleansMessageRejectionException or ConnectionFailedException
        or GatewayTooBusyException or ClientNotAvailableException or TimeoutException;

    private static async Task<T> RunAsync<T>(
        Func<Task<T>> call, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = Time.GetTimestamp();
        for (var pause = PauseMin; ; pause = pause * 2 < PauseMax ? pause * 2 : PauseMax)
        {
            try
            {
                return await call().WaitAsync(cancellationToken);
            }
            catch (Exception error) when (IsTransient(error))
            {
                if (Time.GetElapsedTime(began) > patience - pause)
                {
                    throw new JournalException(
                        JournalError.Unavailable, $"the cluster does not answer: {error.Message}", error);
                }
            }

            await Task.Delay(pause, Time, cancellationToken);
        }
    }
}
