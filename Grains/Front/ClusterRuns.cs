using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Service;
using FedLowRank.Grains.Agents;
using FedLowRank.Grains.Fleet;
using FedLowRank.Grains.Runs;
using FedLowRank.Privacy;

namespace FedLowRank.Grains.Front;

/// <summary>Runs, as the gateway asks for them.</summary>
/// <remarks>
/// Every answer is the grain's. What is asked twice is answered as before, so that calls which a silo's death has cut
/// off are made again; only where nobody answers for long does whoever asked hear of it.
/// </remarks>
internal sealed class ClusterRuns(IGrainFactory grains, FrontLink link, IRandomSource random) : IRunService
{
    private const int AtOnceMax = 32;

    private readonly ConcurrentDictionary<RunId, RunReplica> replicas = [];

    /// <inheritdoc/>
    public async Task<RunCreation> CreateAsync(NewRun order, string by, CancellationToken cancellationToken = default)
    {
        var seed = RunSeed.New(random);
        var refused = await Retry.RunAsync(() => Run(order.Id).CreateAsync(order, seed, by), cancellationToken);
        return refused ?? (RunCreation)new RunCreation.Created((await FindAsync(order.Id, cancellationToken))!);
    }

    /// <inheritdoc/>
    public Task<Answer?> ApplyAsync(RunId run, RunEvent happened, CancellationToken cancellationToken = default)
    {
        happened.RequireFromOutside();

        // What these start from is read first, which takes its time where it is large.
        return happened is RunEvent.Asked { Command: RunCommand.Fork or RunCommand.Rollback } asked
            ? Retry.RunAsync(() => Run(run).GoOnAsync(asked), cancellationToken)
            : Retry.BrieflyAsync(() => Run(run).ApplyAsync(happened), cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<RunState?> FindAsync(RunId run, CancellationToken cancellationToken = default)
    {
        var known = replicas.GetValueOrDefault(run);
        var number = known?.Latest.Number ?? 0;
        var news = await Retry.BrieflyAsync(() => Run(run).NewsAsync(number, waits: false), cancellationToken);
        return news is null ? null : (known ?? ReplicaOf(run)).Take(news);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RunState>> ListAsync(CancellationToken cancellationToken = default) =>
        [.. (await AllAsync(cancellationToken)).Select(each => each.State).OfType<RunState>()];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DamagedRun>> ListDamagedAsync(CancellationToken cancellationToken = default) =>
        [.. (await AllAsync(cancellationToken)).Select(each => each.Damage).OfType<DamagedRun>()];

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunState> WatchAsync(
        RunId run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await FindAsync(run, cancellationToken) is not { } state) yield break;
        var replica = ReplicaOf(run);
        while (true)
        {
            yield return state;
            for (var before = state; ReferenceEquals(before, state);)
            {
                var (number, known) = replica.Latest;
                if (!ReferenceEquals(known, before))
                {
                    // Somebody else has asked for the news meanwhile.
                    state = known!;
                    break;
                }

                if (await NewsAsync(run, number, cancellationToken) is not { } news) yield break;
                state = replica.Take(news);
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<AgentOrder> OrdersAsync(
        AgentId agent, AgentRole role, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var grain = grains.GetGrain<IAgentGrain>(agent.Value);
        var listener = new Listener(Guid.NewGuid(), role, link.Front);
        var mark = default(OrderMark);
        using var listening = link.Listens(agent);
        try
        {
            while (true)
            {
                var known = mark;
                var news = await Retry.ForeverAsync(() => grain.OrdersAsync(listener, known), cancellationToken);
                foreach (var order in news.Orders) yield return order;
                if (news.IsOver) yield break;
                mark = news.Mark;
            }
        }
        finally
        {
            // Where it does not arrive, the agent counts as gone when it has not asked for a while.
            Retry.BrieflyAsync(() => grain.LeaveAsync(listener.Id), CancellationToken.None).Ignore();
        }
    }

    /// <inheritdoc/>
    public Task<SignedCheckpoint?> FindCheckpointAsync(
        RunId run, BlobHash manifest, CancellationToken cancellationToken = default) =>
        Retry.BrieflyAsync(() => Run(run).FindCheckpointAsync(manifest), cancellationToken);

    private IRunGrain Run(RunId run) => grains.GetGrain<IRunGrain>(run.Value);

    private RunReplica ReplicaOf(RunId run) => replicas.GetOrAdd(run, _ => new());

    private async Task<RunNews?> NewsAsync(RunId run, long number, CancellationToken cancellationToken)
    {
        try
        {
            return await Retry.ForeverAsync(() => Run(run).NewsAsync(number, waits: true), cancellationToken);
        }
        catch (RunDamagedException)
        {
            // Whoever watches asks again and is told why.
            return null;
        }
    }

    private async Task<IReadOnlyList<(RunState? State, DamagedRun? Damage)>> AllAsync(
        CancellationToken cancellationToken)
    {
        var names = await Retry.BrieflyAsync(() => grains.GetGrain<IFleetGrain>(0).RunsAsync(), cancellationToken);
        var all = new List<(RunState?, DamagedRun?)>();
        foreach (var some in names.OrderBy(name => name.Value, StringComparer.Ordinal).Chunk(AtOnceMax))
            all.AddRange(await Task.WhenAll(some.Select(run => OneAsync(run, cancellationToken))));
        return all;
    }

    private async Task<(RunState? State, DamagedRun? Damage)> OneAsync(RunId run, CancellationToken cancellationToken)
    {
        try
        {
            return (await FindAsync(run, cancellationToken), null);
        }
        catch (RunDamagedException error)
        {
            return (null, error.Damaged);
        }
    }
}
