using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Grains.Front;
using FedLowRank.Grains.Runs;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Grains.Fleet;

/// <summary>Who listens and what is under way; see <see cref="IFleetGrain"/>.</summary>
/// <remarks>
/// One for the whole cluster, and seldom asked: when an agent comes or goes, when a run begins or ends, and by each
/// front every few seconds. Each run is told by a queue of its own, in order, until it has heard; so a slow one holds
/// up nobody. An agent counts as gone when it says so, or when its front was not heard of for a time. In its first
/// seconds the fleet does not know yet who listens, so that it lets nobody be gone.
/// </remarks>
[GrainType("fedlowrank.fleet")]
internal sealed partial class FleetGrain(GrainParts parts, ILogger<FleetGrain> logger) : Grain, IFleetGrain
{
    private const int CutOffsMax = 10_000;
    private const int AtOnceMax = 32;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ExpireEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan UploadAge = TimeSpan.FromDays(1);
    private static readonly TimeSpan FrontSilence = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Guid activation = Guid.NewGuid();
    private readonly long since = Stopwatch.GetTimestamp();
    private readonly Dictionary<AgentId, Seat> agents = [];
    private readonly Dictionary<Guid, long> fronts = [];
    private readonly HashSet<Guid> followers = [];
    private readonly Dictionary<RunId, RunQueue> runs = [];
    private readonly Dictionary<AgentId, HashSet<RunId>> doubtful = [];
    private readonly Queue<SerialNumber> cutOff = [];
    private long cutOffCount;
    private readonly Signal changed = new();

    private bool IsNew => Stopwatch.GetElapsedTime(since) < Grace;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(LookAsync, LookEvery, LookEvery);
        this.RegisterGrainTimer(ExpireUploadsAsync, ExpireEvery, ExpireEvery);
        AskRunsAsync().Ignore();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ConnectAsync(AgentId agent, AgentRole role, Guid front)
    {
        fronts.TryAdd(front, Stopwatch.GetTimestamp());
        agents[agent] = new(role, front);
        doubtful.Remove(agent);
        foreach (var run in runs.Values) run.Send(Present(agent, role));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task DisconnectAsync(AgentId agent)
    {
        if (agents.Remove(agent))
            foreach (var run in runs.Values) run.Send(new RunEvent.AgentGone(default, agent));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task BeganAsync(RunId run, AgentId[] believed)
    {
        if (!runs.TryGetValue(run, out var queue))
            runs[run] = queue = new(activation, GrainFactory.GetGrain<IRunGrain>(run.Value), Pause);
        foreach (var agent in believed.Where(each => !agents.ContainsKey(each)))
        {
            if (IsNew) Doubt(agent).Add(run);
            else queue.Send(new RunEvent.AgentGone(default, agent));
        }

        foreach (var (agent, seat) in agents) queue.Send(Present(agent, seat.Role));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task EndedAsync(RunId run)
    {
        if (runs.Remove(run, out var queue)) queue.Stop();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Guid> ActivationAsync() => Task.FromResult(activation);

    /// <inheritdoc/>
    public Task<RunId[]> UnderWayAsync() => Task.FromResult<RunId[]>([.. runs.Keys]);

    /// <inheritdoc/>
    public async Task<RunId[]> RunsAsync() =>
    [
        .. (await parts.Journal.ListAsync(RunActor.Prefix))
            .Select(stream => new RunId(stream.Name.Value[RunActor.Prefix.Length..])),
    ];

    /// <inheritdoc/>
    public Task CutOffAsync(SerialNumber serial)
    {
        cutOff.Enqueue(serial);
        cutOffCount++;
        if (cutOff.Count > CutOffsMax) cutOff.Dequeue();
        changed.Pulse();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<FleetNews> FollowAsync(Guid front, Guid activation, long number)
    {
        fronts[front] = Stopwatch.GetTimestamp();

        // Whoever knows another activation, was not heard of for a time, or has missed more than is kept, begins with
        // now.
        var isNew = followers.Add(front);
        if (isNew || activation != this.activation || cutOffCount - number > cutOff.Count)
            return new(this.activation, cutOffCount, [], IsAnew: true);
        await changed.WaitAsync(() => number != cutOffCount, Wait);
        var missed = (int)Math.Min(cutOffCount - number, cutOff.Count);
        return new(this.activation, cutOffCount, [.. cutOff.Skip(cutOff.Count - missed)], IsAnew: false);
    }

    private static RunEvent.AgentPresent Present(AgentId agent, AgentRole role) => new(default, agent, role);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var (front, _) in fronts.Where(each => Stopwatch.GetElapsedTime(each.Value) > FrontSilence).ToList())
        {
            fronts.Remove(front);
            followers.Remove(front);
            var gone = agents.Where(each => each.Value.Front == front).Select(each => each.Key).ToList();
            FrontGone(front, gone.Count);
            foreach (var agent in gone) await DisconnectAsync(agent);
        }

        if (IsNew) return;
        foreach (var (agent, believing) in doubtful)
        {
            foreach (var run in believing)
                if (runs.TryGetValue(run, out var queue)) queue.Send(new RunEvent.AgentGone(default, agent));
        }

        doubtful.Clear();
    }

    /// <summary>Drops the uploads to which nothing was written for a day.</summary>
    private async Task ExpireUploadsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(
                () => parts.Blobs.ExpireUploadsAsync(parts.Time.GetUtcNow() - UploadAge, cancellationToken),
                cancellationToken);
        }
        catch (Exception error)
        {
            HostLog.ChoreFailed(logger, "dropping uploads that nobody goes on with", error);
        }
    }

    /// <summary>The runs that believe an agent to listen of which nothing is known yet.</summary>
    private HashSet<RunId> Doubt(AgentId agent) =>
        doubtful.TryGetValue(agent, out var believing) ? believing : doubtful[agent] = [];

    /// <summary>Has every run that is under way say so.</summary>
    private async Task AskRunsAsync()
    {
        while (true)
        {
            try
            {
                foreach (var some in (await RunsAsync()).Chunk(AtOnceMax))
                    await Task.WhenAll(some.Select(AskRunAsync));
                return;
            }
            catch (Exception error)
            {
                NotAsked(error);
                await Task.Delay(Pause);
            }
        }
    }

    private async Task AskRunAsync(RunId run)
    {
        while (true)
        {
            try
            {
                await GrainFactory.GetGrain<IRunGrain>(run.Value).AnnounceAsync().SoonAsync();
                return;
            }
            catch (Exception error) when (error is not RunDamagedException)
            {
                RunNotAsked(run.Value, error);
                await Task.Delay(Pause);
            }
            catch (RunDamagedException)
            {
                return;
            }
        }
    }

    [LoggerMessage(6020, LogLevel.Warning, "Front {Front} was not heard of; its {Count} agents count as gone.")]
    private partial void FrontGone(Guid front, int count);

    [LoggerMessage(6021, LogLevel.Error, "The runs could not be listed; it is tried again.")]
    private partial void NotAsked(Exception error);

    [LoggerMessage(6022, LogLevel.Warning, "Run {Run} could not be asked whether it is under way.")]
    private partial void RunNotAsked(string run, Exception error);

    /// <summary>An agent that listens.</summary>
    private sealed record Seat(AgentRole Role, Guid Front);
}
