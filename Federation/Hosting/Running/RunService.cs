using System.Collections.Concurrent;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Service;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>All runs of the server, each with an actor of its own.</summary>
internal sealed class RunService : IRunService, IAsyncDisposable
{
    private readonly ConcurrentDictionary<RunId, RunActor> runs = [];
    private readonly ConcurrentDictionary<RunId, DamagedRun> damaged = [];
    private readonly ConcurrentQueue<(RunActor Parent, ForkOrder Order)> failedForks = [];

    // Those ordered, of which nobody knows whether they were stored: until they are ordered again, or the next start.
    private readonly ConcurrentDictionary<RunId, bool> uncertain = [];
    private readonly SingleFederationOptions options;
    private readonly RunHost host;
    private readonly RunStarts starts;

    // Whoever makes a run, or orders one to be made, holds it: so no two of them take the same name.
    private readonly SemaphoreSlim naming = new(1);
    private bool isClosed;

    private RunService(SingleFederationOptions options, RunHost host)
    {
        (this.options, this.host) = (options, host);
        starts = new(options.Blobs, options.Work);
        host.Service = this;
    }

    /// <summary>How many runs there are that can go on.</summary>
    public int Count => runs.Count;

    /// <summary>Loads all runs, and lets those that were under way go on.</summary>
    public static async Task<RunService> OpenAsync(
        SingleFederationOptions options, RunHost host, CancellationToken cancellationToken)
    {
        var service = new RunService(options, host);
        foreach (var stored in await options.Journal.ListAsync(RunActor.Prefix, cancellationToken))
            await service.LoadAsync(new(stored.Name.Value[RunActor.Prefix.Length..]), cancellationToken);
        foreach (var run in service.runs.Values) run.Resume();
        return service;
    }

    /// <inheritdoc/>
    public async Task<RunCreation> CreateAsync(NewRun order, string by, CancellationToken cancellationToken = default)
    {
        using var start = await host.Sweeps.StartAsync();
        var creation = await TryCreateAsync(order, by, cancellationToken);
        if (creation is RunCreation.Refused refused)
        {
            var entry = Audits.Refused(by, "run-create", order.Id.Value, refused.Code);
            await host.Audit.AppendAsync([entry], cancellationToken);
        }

        return creation;
    }

    /// <inheritdoc/>
    public async Task<Answer?> ApplyAsync(RunId run, RunEvent happened, CancellationToken cancellationToken = default)
    {
        happened.RequireFromOutside();
        if (ActorOf(run) is not { } actor) return null;
        return happened is RunEvent.Asked { Command: RunCommand.Fork or RunCommand.Rollback } asked
            ? await GoOnAsync(actor, asked, cancellationToken)
            : await actor.AskAsync(happened, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<RunState?> FindAsync(RunId run, CancellationToken cancellationToken = default) =>
        Task.FromResult(ActorOf(run)?.State);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RunState>> ListAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<RunState>>(
        [
            .. runs.Values.Where(actor => !actor.IsDamaged).Select(actor => actor.State)
                .OrderBy(state => state.Id.Value, StringComparer.Ordinal),
        ]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DamagedRun>> ListDamagedAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<DamagedRun>>(
            [.. damaged.Values.OrderBy(each => each.Run.Value, StringComparer.Ordinal)]);

    /// <inheritdoc/>
    public IAsyncEnumerable<RunState> WatchAsync(RunId run, CancellationToken cancellationToken) =>
        ActorOf(run)?.WatchAsync(cancellationToken) ?? AsyncEnumerable.Empty<RunState>();

    /// <inheritdoc/>
    public IAsyncEnumerable<AgentOrder> OrdersAsync(
        AgentId agent, AgentRole role, CancellationToken cancellationToken) =>
        host.Presence.ListenAsync(agent, role, cancellationToken);

    /// <inheritdoc/>
    public async Task<SignedCheckpoint?> FindCheckpointAsync(
        RunId run, BlobHash manifest, CancellationToken cancellationToken = default) =>
        ActorOf(run) is { } actor ? await actor.FindCheckpointAsync(manifest, cancellationToken) : null;

    /// <summary>The states of all runs.</summary>
    /// <exception cref="CheckpointException">A run's state, and so what it needs, is not known.</exception>
    public IReadOnlyList<RunState> KnownStates()
    {
        if (damaged.Values.FirstOrDefault() is { } stopped)
            throw new CheckpointException($"what the damaged run {stopped.Run} needs is not known");
        if (uncertain.Keys.FirstOrDefault() is { } perhaps)
            throw new CheckpointException($"whether there is a run {perhaps}, and what it needs, is not known");
        return runs.Values.Select(actor => actor is { IsUnknown: false, IsDamaged: false }
            ? actor.State
            : throw new CheckpointException($"what run {actor.Id} needs is not known now")).ToList();
    }

    /// <summary>Tries again to make the forks that could not be made.</summary>
    public void RetryForks()
    {
        for (var left = failedForks.Count; left > 0 && failedForks.TryDequeue(out var failed); left--)
            Fork(failed.Parent, failed.Order);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await naming.WaitAsync();
        isClosed = true;
        naming.Release();
        await Task.WhenAll(runs.Values.Select(actor => actor.DisposeAsync().AsTask()));
        host.Dispose();
    }

    private async Task LoadAsync(RunId id, CancellationToken cancellationToken)
    {
        var stream = RunActor.StreamOf(id, host);
        try
        {
            await stream.LoadAsync(cancellationToken);
            if (stream.State?.Id != id) throw new InvalidDataException($"the state in '{id}' is of another run");
            runs[id] = new(id, stream, host);
        }
        catch (Exception error) when (RunActor.IsDamage(error))
        {
            damaged[id] = new(id, error.Message);
            HostLog.RunDamaged(host.Logger, id, error.Message);
        }
    }

    private RunActor? ActorOf(RunId run)
    {
        if (damaged.TryGetValue(run, out var why)) throw new RunDamagedException(why);
        return runs.GetValueOrDefault(run);
    }

    /// <summary>A run has stopped for good.</summary>
    public void Damaged(DamagedRun run) => damaged[run.Run] = run;

    private async Task<RunCreation> TryCreateAsync(NewRun order, string by, CancellationToken cancellationToken)
    {
        var (origin, refused) = await starts.CheckAsync(order, cancellationToken);
        if (origin is null) return refused!;
        await naming.WaitAsync(cancellationToken);
        try
        {
            if (!damaged.ContainsKey(order.Id) && runs.TryGetValue(order.Id, out var known) &&
                known.State is var same && same.Plan == order.Plan && same.Origin == origin)
                return new RunCreation.Created(same);
            if (IsTaken(order.Id)) return new RunCreation.Refused("run-id-taken", $"there is a run {order.Id} already");
            var entry = Audits.Done(by, "run-create", order.Id.Value, [new("start", origin.Checkpoint.ToString())]);
            await host.Audit.AppendAsync([entry], CancellationToken.None);
            uncertain[order.Id] = true;
            var state = await AddAsync(
                RunMachine.Create(
                    order.Id, order.Plan, origin, RunSeed.New(options.Random), host.Time.GetUtcNow()),
                entry);
            uncertain.TryRemove(order.Id, out _);
            return new RunCreation.Created(state);
        }
        finally
        {
            naming.Release();
        }
    }

    /// <summary>Stores a run that is not there and lets it live. To be called with the naming held.</summary>
    private async Task<RunState> AddAsync(RunState first, Identity.Audit.AuditDraft? announced)
    {
        ObjectDisposedException.ThrowIf(isClosed, this);
        var stream = RunActor.StreamOf(first.Id, host);
        try
        {
            // An earlier order may have been stored although its append threw.
            await stream.LoadAsync();
            if (stream.State is null) await stream.CreateAsync(first);
        }
        catch (Exception) when (announced is not null)
        {
            await host.Audit.TryTellFailedAsync([announced]);
            throw;
        }

        runs[first.Id] = new(first.Id, stream, host);
        return stream.State!;
    }

    /// <summary>A run, or a fork of it, goes on from a checkpoint that is whole and suits the plan.</summary>
    private async Task<Answer> GoOnAsync(RunActor run, RunEvent.Asked asked, CancellationToken cancellationToken)
    {
        using var start = await host.Sweeps.StartAsync();
        if (await starts.WhyNotAsync(run.State, asked.Id, asked.Command, cancellationToken) is { } refusal)
            return await RefuseAsync(run.Id, asked, refusal, cancellationToken);

        // Whoever asked may hang up; sweeps wait until the state is durable.
        return asked.Command is RunCommand.Fork fork
            ? await ForkAsync(run, asked, fork, cancellationToken)
            : await run.AskAsync(asked, CancellationToken.None);
    }

    private async Task<Answer> RefuseAsync(
        RunId run, RunEvent.Asked asked, Refusal refusal, CancellationToken cancellationToken)
    {
        var entry = Audits.Refused(asked.By, $"run-{asked.Command.Name}", run.Value, refusal.Code);
        await host.Audit.AppendAsync([entry], cancellationToken);
        return new Answer.Refused(refusal);
    }

    private async Task<Answer> ForkAsync(
        RunActor parent, RunEvent.Asked asked, RunCommand.Fork fork, CancellationToken cancellationToken)
    {
        await naming.WaitAsync(cancellationToken);
        try
        {
            // The machine knows the forks that it has ordered itself; of all other names it cannot know.
            if (IsTaken(fork.NewRun) && !IsMadeBy(parent.Id, fork))
                return await RefuseAsync(parent.Id, asked, new Refusal.RunIdTaken(fork.NewRun), cancellationToken);

            return await parent.AskAsync(asked, CancellationToken.None);
        }
        finally
        {
            naming.Release();
        }
    }

    private bool IsTaken(RunId id) => runs.ContainsKey(id) || damaged.ContainsKey(id) ||
        runs.Values.Any(actor => !actor.IsDamaged && actor.State.Forks.Any(order => order.Id == id));

    /// <summary>Whether the run that has the name, or is to have it, is what this very command makes.</summary>
    private bool IsMadeBy(RunId parent, RunCommand.Fork fork)
    {
        if (damaged.ContainsKey(fork.NewRun)) return false;
        if (runs.TryGetValue(fork.NewRun, out var made) && made.State is var state)
            return state.Origin.Parent == parent && state.Origin.Round == fork.Round && state.Seed == fork.Seed;
        return runs[parent].State.Forks.Any(order => order.Id == fork.NewRun);
    }

    /// <summary>Makes an ordered fork, and tells its parent of it.</summary>
    public void Fork(RunActor parent, ForkOrder order) => _ = Task.Run(() => MakeForkAsync(parent, order));

    private async Task MakeForkAsync(RunActor parent, ForkOrder order)
    {
        await naming.WaitAsync();
        try
        {
            if (isClosed) return;
            var now = host.Time.GetUtcNow();
            var state = damaged.TryGetValue(order.Id, out var why) ? throw new RunDamagedException(why)
                : runs.TryGetValue(order.Id, out var known) ? known.State
                : await AddAsync(RunMachine.Create(order.Id, order.Plan, order.Origin, order.Seed, now), null);
            if (state.Origin != order.Origin || state.Plan != order.Plan || state.Seed != order.Seed)
                throw new InvalidOperationException("another run has its name");
            parent.Send(new RunEvent.RunForked(now, order.Id));
        }
        catch (Exception error)
        {
            HostLog.ForkFailed(host.Logger, parent.Id, order.Id, error);
            failedForks.Enqueue((parent, order));
        }
        finally
        {
            naming.Release();
        }
    }
}
