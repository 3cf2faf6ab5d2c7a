using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Service;
using FedLowRank.Grains.Fleet;
using FedLowRank.Grains.Front;
using FedLowRank.Grains.People;
using Orleans.Placement;

namespace FedLowRank.Grains.Agents;

/// <summary>Where an agent's listener and the runs meet.</summary>
/// <remarks>
/// Orders are levels: of each run the latest counts, and a listener that lost an answer asks again with what it knows.
/// Waiting for news and telling them interleave with all else; comings and goings reach the fleet one after the other.
/// Nothing is stored: after its silo has died the listener's next question makes the grain anew, the fleet hears of it,
/// and every run says again what the agent is to do. Placed at random, as there are many and all are small; idle ones
/// go.
/// </remarks>
[RandomPlacement, GrainType("fedlowrank.agent")]
internal sealed class AgentGrain(GrainParts parts) : Grain, IAgentGrain, IDisposable
{
    private const int ReplacedMax = 16;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    private readonly Guid activation = Guid.NewGuid();
    private readonly Dictionary<RunId, Word> words = [];
    private readonly Queue<Guid> replaced = [];
    private readonly SemaphoreSlim fleetTurn = new(1);
    private Listener? current;
    private Listener? announced;
    private bool isUncertain = true;
    private long number;
    private readonly Signal changed = new();
    private AgentFacts? facts;
    private AgentTrouble? trouble;
    private DateTimeOffset? lastSeen;
    private long lastAsked;

    /// <summary>Whether somebody listens; one whose process has died asks no more.</summary>
    private bool IsConnected => current is not null && Stopwatch.GetElapsedTime(lastAsked) < Silence;

    private AgentId Id => new(this.GetPrimaryKeyString());

    private IFleetGrain Fleet => GrainFactory.GetGrain<IFleetGrain>(0);

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(LookAsync, Silence, Silence);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<OrderNews> OrdersAsync(Listener listener, OrderMark after)
    {
        if (replaced.Contains(listener.Id)) return Over();
        lastAsked = Stopwatch.GetTimestamp();
        lastSeen = parts.Time.GetUtcNow();
        if (current?.Id != listener.Id && !await BeginsAsync(listener)) return Over();
        await TellFleetAsync();
        var known = after.Activation == activation ? after.Number : 0;
        await changed.WaitAsync(() => current?.Id != listener.Id || number > known, Wait);
        if (current?.Id != listener.Id) return Over();
        return new(
            new(activation, number),
            [
                .. words.Where(each => each.Value is { Assignment: not null } word && word.Number > known)
                    .OrderBy(each => each.Value.Number)
                    .Select(each => new AgentOrder(each.Key, each.Value.Assignment!)),
            ],
            IsOver: false);
    }

    /// <inheritdoc/>
    public Task LeaveAsync(Guid listener)
    {
        if (current is not null && current.Id != listener) return Task.CompletedTask;

        // The fleet hears of it also where this activation never knew that the listener was there.
        lastSeen = parts.Time.GetUtcNow();
        return EndAsync();
    }

    /// <inheritdoc/>
    public Task TellAsync(RunId run, OrderStamp stamp, Assignment assignment)
    {
        if (words.TryGetValue(run, out var before) && !stamp.IsAfter(before.Stamp)) return Task.CompletedTask;
        words[run] = new(stamp, ++number, current is null ? null : assignment);
        changed.Pulse();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task EndAsync()
    {
        Replace(null);
        isUncertain = true;
        await TellFleetAsync();
    }

    /// <inheritdoc/>
    public async Task AnnounceAsync()
    {
        isUncertain = true;
        await TellFleetAsync();
    }

    /// <inheritdoc/>
    public Task ReportAsync(AgentFacts facts)
    {
        this.facts = facts;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task TellTroubleAsync(AgentTrouble trouble)
    {
        this.trouble = trouble;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<AgentTrouble?> TroubleAsync() => Task.FromResult(trouble);

    /// <inheritdoc/>
    public Task<AgentPresence> PresenceAsync() => Task.FromResult(new AgentPresence(
        IsConnected, IsConnected ? parts.Time.GetUtcNow() : lastSeen, facts, trouble?.Error));

    /// <inheritdoc/>
    public void Dispose() => fleetTurn.Dispose();

    /// <summary>Lets go of a listener who has not asked for long.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (current is not null && !IsConnected) await EndAsync();
    }

    private async Task<bool> BeginsAsync(Listener listener)
    {
        Replace(listener);

        // Whoever comes is told by the runs themselves; what they said to another listener may be out of date.
        foreach (var (run, word) in words) words[run] = word with { Assignment = null };

        // A call may have been on its way when the agent was revoked. What is revoked after this answer ends the
        // orders itself.
        var enrolment = await new ClusterEnrolment(GrainFactory, Id).StateAsync(CancellationToken.None);
        if (enrolment?.Status is not EnrolmentStatus.Revoked) return true;
        if (current?.Id == listener.Id) await EndAsync();
        return false;
    }

    private void Replace(Listener? listener)
    {
        if (current is { Id: var before })
        {
            replaced.Enqueue(before);
            if (replaced.Count > ReplacedMax) replaced.Dequeue();
        }

        current = listener;
        changed.Pulse();
    }

    /// <summary>Until the fleet knows what is so now.</summary>
    private async Task TellFleetAsync()
    {
        await fleetTurn.WaitAsync();
        try
        {
            while (isUncertain || announced?.Id != current?.Id)
            {
                // What was said before an answer was lost may have been heard or not.
                var now = current;
                isUncertain = true;
                if (now is null) await Fleet.DisconnectAsync(Id).SoonAsync();
                else await Fleet.ConnectAsync(Id, now.Role, now.Front).SoonAsync();
                (announced, isUncertain) = (now, false);
            }
        }
        finally
        {
            fleetTurn.Release();
        }
    }

    private OrderNews Over() => new(new(activation, number), [], IsOver: true);

    /// <summary>What a run said last.</summary>
    /// <param name="Stamp">Where it stood.</param>
    /// <param name="Number">Counts the words of all runs.</param>
    /// <param name="Assignment">Null where it was said before the listener came.</param>
    private sealed record Word(OrderStamp Stamp, long Number, Assignment? Assignment);
}
