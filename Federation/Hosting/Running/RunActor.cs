using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Instruments;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>
/// One run: applies events one after the other, stores all that came together in one append, and only then answers and
/// acts. What it has acted on is durable; what could not be stored has not happened.
/// </summary>
internal sealed class RunActor : IAsyncDisposable
{
    /// <summary>How the names of all runs' streams begin.</summary>
    public const string Prefix = "runs/";

    /// <summary>Most time between two ticks: so a clock that is set back is noticed.</summary>
    private static readonly TimeSpan TickMax = TimeSpan.FromMinutes(1);

    /// <summary>Before a run whose events could not be stored tries again.</summary>
    private static readonly TimeSpan BehindTick = TimeSpan.FromSeconds(2);

    private static readonly StateForm<RunState, RunEvent> Form = new(
        RunJson.Write, RunJson.ReadState, RunJson.ReadEvent,
        (state, happened) => RunMachine.Apply(state, happened).State);

    private readonly IRunHost host;
    private readonly StateStream<RunState, RunEvent> stream;
    private readonly Subscribers<RunState> watchers = new(() => Channel.CreateBounded<RunState>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest }));

    private readonly CheckpointBook checkpoints;
    private readonly IRunWork work;
    private readonly ITimer timer;
    private readonly Mailbox<RunMessage> mailbox;
    private volatile DamagedRun? damage;
    private volatile RunEvent.Restarted? restart;
    private bool isBehind;

    /// <summary>Makes the actor of a run that is loaded or created.</summary>
    /// <param name="id">The run.</param>
    /// <param name="stream">Its durable state.</param>
    /// <param name="host">What the run stands on.</param>
    public RunActor(RunId id, StateStream<RunState, RunEvent> stream, IRunHost host)
    {
        (Id, this.stream, this.host) = (id, stream, host);
        checkpoints = new(id, host.Journal, host.Authority, host.Time);
        work = host.WorkOf(this);
        timer = host.Time.CreateTimer(
            _ => Send(new RunEvent.Ticked(default)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        mailbox = new(HandleAsync);
        host.Presence.Attach(id, Send);
    }

    /// <summary>The run.</summary>
    public RunId Id { get; }

    /// <summary>The durable state.</summary>
    /// <exception cref="RunDamagedException">The run stands still.</exception>
    public RunState State => damage is { } why ? throw new RunDamagedException(why) : stream.State!;

    /// <summary>Whether the run stands still.</summary>
    public bool IsDamaged => damage is not null;

    /// <summary>Whether nobody knows what became of the last append, so that the state may be another.</summary>
    public bool IsUnknown => stream.IsUnknown;

    /// <summary>Number of the last durable entry.</summary>
    public long Last => stream.Last;

    /// <summary>The stream of a run.</summary>
    public static StateStream<RunState, RunEvent> StreamOf(RunId id, IRunHost host) =>
        new(host.Journal, new(Prefix + id), Form, host.SnapshotEntries, host.Logger);

    /// <summary>
    /// After a start of the server: what was under way goes on, and what was ordered is ordered again.
    /// </summary>
    /// <param name="back">Since when agents are served again, and time counts; null for now.</param>
    public void Resume(DateTimeOffset? back = null)
    {
        if (!RunBatch.IsActive(State) && State.Forks.Count == 0) return;
        restart = new(default) { Back = back };
        Send(new RunEvent.Ticked(default));
    }

    /// <summary>Sends what nobody waits for.</summary>
    public void Send(RunEvent happened) => mailbox.TrySend(new(happened, isAsked: false));

    /// <summary>Takes what became of a piece of work.</summary>
    public async Task ReportAsync(RunEvent result, CancellationToken cancellationToken)
    {
        // Whoever hears of the checkpoint can have its signature.
        if (result is RunEvent.CheckpointWritten { Manifest: var manifest })
            await checkpoints.SignAsync(manifest, cancellationToken);
        Send(result);
    }

    /// <summary>Sends an event; the answer comes when the new state is durable.</summary>
    public async Task<Answer> AskAsync(RunEvent happened, CancellationToken cancellationToken)
    {
        var message = new RunMessage(happened, isAsked: true);
        ObjectDisposedException.ThrowIf(!mailbox.TrySend(message), this);
        return await message.Answered.WaitAsync(cancellationToken);
    }

    /// <summary>The state now, and after changes.</summary>
    public IAsyncEnumerable<RunState> WatchAsync(CancellationToken cancellationToken) =>
        watchers.SubscribeAsync(() => State, cancellationToken);

    /// <summary>A checkpoint of the run with its signature; null where it is none.</summary>
    public async Task<SignedCheckpoint?> FindCheckpointAsync(BlobHash manifest, CancellationToken cancellationToken) =>
        Checkpoints(State).Contains(manifest) ? await checkpoints.SignAsync(manifest, cancellationToken) : null;

    /// <summary>Applies all that came, saves the state and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        host.Presence.Detach(Id);
        await timer.DisposeAsync();
        await mailbox.DisposeAsync();
        await work.DisposeAsync();
        watchers.Close();
        if (damage is null) await stream.SaveSnapshotAsync();
        checkpoints.Dispose();
    }

    /// <summary>Whether a fault is of what is stored of this run, and none that may pass.</summary>
    public static bool IsDamage(Exception error) => error is StreamConflictException or InvalidDataException or
        JournalException { Error: JournalError.Damaged or JournalError.Gone };

    private static IEnumerable<BlobHash> Checkpoints(RunState state)
    {
        yield return state.Origin.Checkpoint;
        if (state.Round is { Start: var start }) yield return start;
        if (state.Round is { Phase: RoundPhase.Evaluating phase }) yield return phase.Checkpoint;
        foreach (var report in state.History)
            if (report.Result is RoundResult.Completed completed) yield return completed.Checkpoint;
    }

    private async Task HandleAsync(IReadOnlyList<RunMessage> messages)
    {
        try
        {
            if (damage is { } why) throw new RunDamagedException(why);
            if (stream.IsUnknown)
            {
                await OnStreamAsync(() => stream.LoadAsync());
                host.Stored(this, stream.Last, []);
                watchers.Publish(State);
            }

            await CommitAsync(messages);
        }
        catch (Exception error)
        {
            // What these events would have ordered, and who came or went, is made up for with the next success.
            isBehind = true;
            if (damage is null) HostLog.NotStored(host.Logger, Id, error);
            foreach (var message in messages) message.Fail(error);
            Schedule();
        }
    }

    private async Task CommitAsync(IReadOnlyList<RunMessage> messages)
    {
        var before = State;
        var batch = new RunBatch(before);

        // It comes first, and again where it could not be stored: else the outage would count against deadlines.
        if (restart is { } back) Apply(batch, new(back, isAsked: false));
        foreach (var message in messages) Apply(batch, message);
        await host.Audit.AppendAsync(batch.Audit);
        if (batch.Entries.Count > 0)
        {
            await StoreAsync(batch);
            host.Stored(this, stream.Last, batch.Entries);
            foreach (var report in batch.State.History.Skip(before.History.Count))
                FederationInstruments.OnRound(report);
        }

        restart = null;
        if (!ReferenceEquals(before, batch.State)) watchers.Publish(batch.State);
        batch.Answer();
        Act(before, batch);
        Schedule();
        await stream.SaveDueSnapshotAsync();
    }

    private void Apply(RunBatch batch, RunMessage message)
    {
        try
        {
            batch.Apply(message, host.Time.GetUtcNow());
        }
        catch (Exception error)
        {
            // One event that cannot be applied must not take those beside it along.
            HostLog.NotApplied(host.Logger, Id, error);
            message.Fail(error);
        }
    }

    private async Task StoreAsync(RunBatch batch)
    {
        try
        {
            await OnStreamAsync(() => stream.CommitAsync(batch.Entries, batch.State));
        }
        catch (Exception)
        {
            await host.Audit.TryTellFailedAsync(batch.Audit);
            throw;
        }
    }

    private void Act(RunState before, RunBatch batch)
    {
        var state = batch.State;
        work.Drop(state);
        foreach (var effect in batch.Effects) Act(state, effect);
        if (isBehind) foreach (var effect in RunMachine.PendingEffects(state)) Act(state, effect);
        if (RunBatch.IsActive(state) && (isBehind || !RunBatch.IsActive(before)))
            host.Presence.Announce(Id, state.Agents);
        isBehind = false;
        if (RunBatch.IsActive(before) && !RunBatch.IsActive(state)) host.Ended(Id);
    }

    private void Act(RunState state, RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.Assign assign: host.Presence.Tell(assign.Agent, Id, assign.Assignment); break;
            case RunEffect.CreateRun create: host.Fork(this, create.Order); break;
            default: work.Order(state, effect); break;
        }
    }

    private void Schedule()
    {
        if (stream.State is not { } state || damage is not null || (!RunBatch.IsActive(state) && !isBehind))
        {
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        var wait = RunMachine.NextDeadline(state) is { } deadline && !isBehind
            ? deadline - host.Time.GetUtcNow()
            : isBehind ? BehindTick : TickMax;

        // Timers count whole milliseconds: one that is early by a fraction would only have to be set again.
        var whole = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        timer.Change(TimeSpan.FromTicks(Math.Clamp(whole.Ticks, 0, TickMax.Ticks)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Uses the run's own stream; where that turns out to be damaged, the run stops for good.</summary>
    private async Task OnStreamAsync(Func<Task> use)
    {
        try
        {
            await use();
        }
        catch (StreamConflictException) when (!host.IsSoleWriter)
        {
            host.Overtaken(Id);
            throw;
        }
        catch (Exception error) when (IsDamage(error))
        {
            var why = new DamagedRun(Id, error.Message);
            damage = why;
            HostLog.RunDamaged(host.Logger, Id, why.Message);
            host.Presence.Detach(Id);
            watchers.Close();
            host.Damaged(why);
            throw new RunDamagedException(why);
        }
    }
}
