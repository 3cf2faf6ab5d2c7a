using System.Collections.Concurrent;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Grains.Agents;
using FedLowRank.Grains.Fleet;
using FedLowRank.Grains.People;
using FedLowRank.Grains.Runs;
using Microsoft.Extensions.Logging;

// The loops are this object's own and wait for nobody who waits for them.
#pragma warning disable VSTHRD003

namespace FedLowRank.Grains.Front;

/// <summary>
/// The tie between a front and the fleet: who listens here, which certificates are cut off, and which runs are to be
/// kept awake.
/// </summary>
internal sealed partial class FrontLink : IAsyncDisposable
{
    private const int AtOnceMax = 32;
    private static readonly TimeSpan PokeEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly IGrainFactory grains;
    private readonly ClusterAgents agents;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<AgentId, int> listening = [];
    private readonly CancellationTokenSource closing = new();
    private readonly Task following;
    private readonly Task poking;
    private readonly TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastAnswer;

    /// <summary>Begins.</summary>
    public FrontLink(IGrainFactory grains, ClusterAgents agents, ILogger logger)
    {
        (this.grains, this.agents, this.logger) = (grains, agents, logger);
        following = Task.Run(FollowAsync);
        poking = Task.Run(PokeAsync);
    }

    /// <summary>Name of this front.</summary>
    public Guid Front { get; } = Guid.NewGuid();

    /// <summary>Completes with the fleet's first answer.</summary>
    public Task ConnectedAsync(CancellationToken cancellationToken) => connected.Task.WaitAsync(cancellationToken);

    /// <summary>Whether the fleet has answered within a time.</summary>
    public bool HasAnswered(TimeSpan within) =>
        Interlocked.Read(ref lastAnswer) is > 0 and var at && System.Diagnostics.Stopwatch.GetElapsedTime(at) < within;

    /// <summary>An agent listens here until the result is disposed of.</summary>
    public IDisposable Listens(AgentId agent)
    {
        listening.AddOrUpdate(agent, 1, (_, count) => count + 1);
        return new Leave(() =>
        {
            if (listening.AddOrUpdate(agent, 0, (_, count) => count - 1) == 0)
                listening.TryRemove(new(agent, 0));
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await Task.WhenAll(following, poking);
        closing.Dispose();
    }

    private IFleetGrain Fleet => grains.GetGrain<IFleetGrain>(0);

    private async Task FollowAsync()
    {
        var (activation, number) = (Guid.Empty, 0L);
        while (!closing.IsCancellationRequested)
        {
            try
            {
                var news = await Fleet.FollowAsync(Front, activation, number)
                    .WaitAsync(Answers.NewsMax, closing.Token);
                Interlocked.Exchange(ref lastAnswer, System.Diagnostics.Stopwatch.GetTimestamp());
                if (news.IsAnew)
                {
                    // What was cut off meanwhile is not known, so that every certificate in use is asked for again.
                    agents.NewsBroke();
                    await AnnounceAsync();
                }

                foreach (var serial in news.CutOff) agents.Publish(serial);
                (activation, number) = (news.Activation, news.Number);
                connected.TrySetResult();
            }
            catch (Exception error)
            {
                if (closing.IsCancellationRequested) return;
                NoFleet(error.Message);
                await Task.Delay(Pause, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task AnnounceAsync()
    {
        foreach (var some in listening.Keys.Chunk(AtOnceMax))
            await Task.WhenAll(some.Select(agent =>
                Retry.BrieflyAsync(() => grains.GetGrain<IAgentGrain>(agent.Value).AnnounceAsync(), closing.Token)));
    }

    private async Task PokeAsync()
    {
        using var timer = new PeriodicTimer(PokeEvery);
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(closing.Token);
                foreach (var run in await Fleet.UnderWayAsync().SoonAsync())
                    grains.GetGrain<IRunGrain>(run.Value).PokeAsync().Ignore();
            }
            catch (Exception)
            {
                // With the next tick again: the other loop tells the operator of a fleet that does not answer.
            }
        }
    }

    [LoggerMessage(6030, LogLevel.Warning, "The fleet does not answer: {Reason}")]
    private partial void NoFleet(string reason);

    private sealed class Leave(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
