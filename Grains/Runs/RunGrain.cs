using FedLowRank.Aggregation.Rounds;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Service;
using FedLowRank.Grains.Fleet;
using FedLowRank.Grains.Front;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace FedLowRank.Grains.Runs;

/// <summary>One run: a thin shell round <see cref="RunActor"/>, which the single process uses as well.</summary>
/// <remarks>
/// State: a stream of events in the journal, read at activation; the actor makes each event durable before it answers
/// or acts, all that come together in one write, which is why calls may interleave (the actor applies them one by one,
/// beside the grain's turns). Two activations, as in a cluster that is cut in two, cannot both write: an append states
/// which entry it follows, and the one that lost deactivates. After an activation all that is pending is ordered again.
/// Deadlines are the actor's timers; the fronts poke every run that is under way each few seconds and a reminder does
/// each minute, so that a run whose silo has died is awake as soon as its death is known. Its time went on meanwhile;
/// but what passed before this silo began counts against no deadline, as the whole cluster may have been away. Reads
/// and commands that come twice are harmless. A storage fault is answered to whoever asked, and nothing has happened.
/// </remarks>
[Reentrant, GrainType("fedlowrank.run")]
internal sealed class RunGrain(GrainParts parts, SiloAge age, ILogger<RunGrain> logger)
    : Grain, IRunGrain, IRemindable, IDisposable
{
    private const string AwakeName = "awake";
    private static readonly TimeSpan AwakeEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan NewsWait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim creating = new(1);
    private GrainRunHost host = null!;
    private RunActor? actor;
    private DamagedRun? unreadable;
    private bool isReminded;
    private Guid heard;

    private RunId Id => new(this.GetPrimaryKeyString());

    private RunStarts Starts => new(parts.Blobs, parts.Work);

    private bool IsUnderWay => actor is { IsDamaged: false } && RunBatch.IsActive(actor.State);

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        host = new(Id, parts, GrainFactory, logger, DeactivateOnIdle);
        var stream = RunActor.StreamOf(Id, host);
        try
        {
            await stream.LoadAsync(cancellationToken);
            if (stream.State is null) return;
            if (stream.State.Id != Id) throw new InvalidDataException($"the state in '{Id}' is of another run");
        }
        catch (Exception error) when (RunActor.IsDamage(error))
        {
            unreadable = new(Id, error.Message);
            HostLog.RunDamaged(logger, Id, error.Message);
            return;
        }

        Serve(new(Id, stream, host));
        actor!.Resume(age.Began);
        if (IsUnderWay) host.Presence.Announce(Id, []);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        host.Dispose();
        if (actor is not null) await actor.DisposeAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => creating.Dispose();

    /// <inheritdoc/>
    public async Task<RunCreation.Refused?> CreateAsync(NewRun order, ulong seed, string by)
    {
        var refused = await TryCreateAsync(order, seed, by);
        if (refused is not null)
            await host.Audit.AppendAsync([Audits.Refused(by, "run-create", Id.Value, refused.Code)]);
        return refused;
    }

    /// <inheritdoc/>
    public async Task<bool> CreateForkAsync(ForkOrder order)
    {
        await creating.WaitAsync();
        try
        {
            if (State is null)
            {
                var first = RunMachine.Create(
                    order.Id, order.Plan, order.Origin, order.Seed, parts.Time.GetUtcNow());
                await AddAsync(first, announced: null);
            }

            return State is { } made && made.Origin == order.Origin && made.Plan == order.Plan &&
                made.Seed == order.Seed;
        }
        finally
        {
            creating.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<Answer?> ApplyAsync(RunEvent happened)
    {
        if (State is null) return null;
        var answer = await actor!.AskAsync(happened, CancellationToken.None);
        if (happened is RunEvent.Asked) await RemindAsync();
        return answer;
    }

    /// <inheritdoc/>
    public async Task<Answer?> GoOnAsync(RunEvent.Asked asked)
    {
        if (State is not { } state) return null;
        var refusal = await Starts.WhyNotAsync(state, asked.Id, asked.Command, CancellationToken.None);
        if (refusal is null && asked.Command is RunCommand.Fork fork && !await TakeNameAsync(asked))
            refusal = new Refusal.RunIdTaken(fork.NewRun);
        if (refusal is null) return await actor!.AskAsync(asked, CancellationToken.None);
        await host.Audit.AppendAsync(
            [Audits.Refused(asked.By, $"run-{asked.Command.Name}", Id.Value, refusal.Code)]);
        return new Answer.Refused(refusal);
    }

    /// <inheritdoc/>
    public async Task<RunNews?> NewsAsync(long known, bool waits)
    {
        if (State is null) return null;
        if (waits) await host.Feed!.WaitAsync(known, NewsWait);
        RequireUndamaged();
        return host.Feed!.Since(known);
    }

    /// <inheritdoc/>
    public async Task<SignedCheckpoint?> FindCheckpointAsync(BlobHash manifest) =>
        State is null ? null : await actor!.FindCheckpointAsync(manifest, CancellationToken.None);

    /// <inheritdoc/>
    public async Task<bool> HearAsync(Guid fleet, RunEvent[] comings)
    {
        // A silo that stood still for a while goes on as if it were of the cluster; a fleet there believes that all
        // agents have gone.
        if (fleet != heard)
        {
            if (fleet != await GrainFactory.GetGrain<IFleetGrain>(0).ActivationAsync().SoonAsync()) return false;
            heard = fleet;
        }

        // Heard is what is stored: where another activation has the run, it is said to that one, too.
        if (actor is { IsDamaged: false } run)
            await Task.WhenAll(comings.Select(coming => run.AskAsync(coming, CancellationToken.None)));
        return true;
    }

    /// <inheritdoc/>
    public Task AnnounceAsync()
    {
        if (IsUnderWay) host.Presence.Announce(Id, actor!.State.Agents);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task PokeAsync() => RemindAsync();

    /// <inheritdoc/>
    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        isReminded = true;
        await AnnounceAsync();
        await RemindAsync();
    }

    /// <inheritdoc/>
    public Task<WorkOrder?> OrderAsync(WorkPiece piece) => Task.FromResult(
        State is { Round: { } round } state && piece.EffectIn(state) is { } effect
            ? new WorkOrder(state.Plan, effect, round.Start)
            : null);

    /// <inheritdoc/>
    public async Task DoneAsync(WorkPiece piece, RunEvent result)
    {
        if (State is null) return;
        await actor!.ReportAsync(result, CancellationToken.None);
        host.Done(piece);
    }

    /// <summary>The durable state; null where there is no such run.</summary>
    /// <exception cref="RunDamagedException">The run stands still.</exception>
    private RunState? State
    {
        get
        {
            RequireUndamaged();
            return actor?.State;
        }
    }

    private void RequireUndamaged()
    {
        if ((unreadable ?? host.Damage) is { } why) throw new RunDamagedException(why);
    }

    private void Serve(RunActor run)
    {
        host.Serve(run);
        actor = run;
    }

    private async Task<RunCreation.Refused?> TryCreateAsync(NewRun order, ulong seed, string by)
    {
        var (origin, refused) = await Starts.CheckAsync(order, CancellationToken.None);
        if (origin is null) return refused;
        await creating.WaitAsync();
        try
        {
            var made = unreadable is null && host.Damage is null ? actor?.State : null;
            if (made?.Plan == order.Plan && made.Origin == origin) return null;
            if (unreadable is not null || actor is not null) return Taken();
            var entry = Audits.Done(by, "run-create", Id.Value, [new("start", origin.Checkpoint.ToString())]);
            await host.Audit.AppendAsync([entry]);
            await AddAsync(RunMachine.Create(Id, order.Plan, origin, seed, parts.Time.GetUtcNow()), entry);

            // An earlier order of another plan may have been stored although nobody was told.
            return actor!.State.Plan == order.Plan && actor.State.Origin == origin ? null : Taken();
        }
        finally
        {
            creating.Release();
        }
    }

    private RunCreation.Refused Taken() => new("run-id-taken", $"there is a run {Id} already");

    /// <summary>Stores a run that is not there and lets it live.</summary>
    private async Task AddAsync(RunState first, AuditDraft? announced)
    {
        var stream = RunActor.StreamOf(Id, host);
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

        Serve(new(Id, stream, host));
    }

    /// <summary>
    /// Makes the fork before it is ordered, where the order would be obeyed: so the name is taken once, whoever else
    /// wants it, and ordering it then finds it made.
    /// </summary>
    private async Task<bool> TakeNameAsync(RunEvent.Asked asked)
    {
        var would = RunMachine.Apply(actor!.State, asked with { Now = parts.Time.GetUtcNow() });
        return would.Effects.OfType<RunEffect.CreateRun>().FirstOrDefault() is not { Order: var order } ||
            await GrainFactory.GetGrain<IRunGrain>(order.Id.Value).CreateForkAsync(order);
    }

    private async Task RemindAsync()
    {
        if (IsUnderWay == isReminded) return;
        isReminded = IsUnderWay;
        try
        {
            if (isReminded) await this.RegisterOrUpdateReminder(AwakeName, AwakeEvery, AwakeEvery);
            else if (await this.GetReminder(AwakeName) is { } reminder) await this.UnregisterReminder(reminder);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // The fronts poke it meanwhile, and with the next poke it is tried again.
            isReminded = !isReminded;
            HostLog.ChoreFailed(logger, $"the reminder of run {Id}", error);
        }
    }
}
