using System.Runtime.CompilerServices;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;

namespace FedLowRank.Gateway.Tests.Rig;

internal sealed class MemoryRuns(CertificateAuthority authority, TimeProvider time) : IRunService
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, RunState> states = new(StringComparer.Ordinal);
    private readonly Changes changes = new();
    private int watching;

    /// <summary>Stands in for the manifest that a server would make of a start.</summary>
    public Func<NewRun, BlobHash> Manifest { get; set; } = order => order.Start;

    /// <summary>How many watch now.</summary>
    public int Watching => Volatile.Read(ref watching);

    /// <summary>Called before an event is applied.</summary>
    public Action<RunEvent> Applying { get; set; } = _ => { };

    public Task<RunCreation> CreateAsync(NewRun order, string by, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            if (states.TryGetValue(order.Id.Value, out var known))
            {
                return Task.FromResult<RunCreation>(known.Plan == order.Plan
                    ? new RunCreation.Created(known)
                    : new RunCreation.Refused("run-id-taken", $"run id {order.Id} is taken"));
            }

            var problems = order.Plan.Problems();
            if (problems.Count > 0)
                return Task.FromResult<RunCreation>(new RunCreation.Refused("bad-plan", string.Join("; ", problems)));
            var origin = new RunOrigin(0, Manifest(order), Parent: null);
            var state = RunMachine.Create(order.Id, order.Plan, origin, seed: 1, time.GetUtcNow());
            states[order.Id.Value] = state;
            return Task.FromResult<RunCreation>(new RunCreation.Created(state));
        }
    }

    public Task<Answer?> ApplyAsync(RunId run, RunEvent happened, CancellationToken cancellationToken = default)
    {
        Applying(happened);
        Answer? answer = null;
        lock (gate)
        {
            if (states.TryGetValue(run.Value, out var state))
            {
                var step = RunMachine.Apply(state, happened);
                states[run.Value] = step.State;
                answer = step.Answer;
            }
        }

        changes.Tell();
        return Task.FromResult(answer);
    }

    /// <summary>Puts a run there that has a history already.</summary>
    public void Put(RunState state)
    {
        lock (gate) states[state.Id.Value] = state;
        changes.Tell();
    }

    public RunState? StateOf(RunId run)
    {
        lock (gate) return states.GetValueOrDefault(run.Value);
    }

    public Task<RunState?> FindAsync(RunId run, CancellationToken cancellationToken = default) =>
        Task.FromResult(StateOf(run));

    public Task<IReadOnlyList<RunState>> ListAsync(CancellationToken cancellationToken = default)
    {
        lock (gate) return Task.FromResult<IReadOnlyList<RunState>>([.. states.Values]);
    }

    public Task<IReadOnlyList<DamagedRun>> ListDamagedAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<DamagedRun>>([new(new("broken"), "its page 3 is torn")]);

    public async IAsyncEnumerable<RunState> WatchAsync(
        RunId run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RunState? told = null;
        Interlocked.Increment(ref watching);
        try
        {
            while (true)
            {
                var next = changes.Next;
                if (StateOf(run) is { } state && state != told) yield return told = state;
                await next.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref watching);
        }
    }

    public async IAsyncEnumerable<AgentOrder> OrdersAsync(
        AgentId agent, AgentRole role, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var run in await ListAsync(cancellationToken))
            await ApplyAsync(run.Id, new RunEvent.AgentPresent(time.GetUtcNow(), agent, role), cancellationToken);
        var told = new Dictionary<RunId, Assignment>();
        while (true)
        {
            var next = changes.Next;
            foreach (var run in await ListAsync(cancellationToken))
            {
                var order = RunMachine.PendingEffects(run).OfType<RunEffect.Assign>()
                    .FirstOrDefault(effect => effect.Agent == agent)?.Assignment;
                if (order is null || told.GetValueOrDefault(run.Id) == order) continue;
                told[run.Id] = order;
                yield return new(run.Id, order);
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    public Task<SignedCheckpoint?> FindCheckpointAsync(
        RunId run, BlobHash manifest, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            StateOf(run)?.Origin.Checkpoint == manifest
                ? CheckpointSignatures.Sign(run, manifest, authority, time.GetUtcNow())
                : null);
}
