using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Status;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// The life of an agent: it listens for orders, connects again whenever the connection ends, renews its certificate,
/// and gives each run's orders to a desk of its own. Ends when its owner stops it, or the server turns it away.
/// </summary>
internal sealed class AgentLoop(AgentParts parts, StatusBoard board, AgentFacts self)
{
    // One for each run that the server names; it names any.
    private const int DesksMax = 1000;

    private readonly Dictionary<RunId, (RunDesk Desk, Task Work)> desks = [];
    private readonly OrderHandler handler = new(parts);
    private readonly Spending spending = new(new RdpAccountant());

    private readonly Channel<bool> news =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private ExceptionDispatchInfo? failure;
    private string? lastEventId;

    /// <summary>Something of what the agent reports has changed.</summary>
    public void HasNews() => news.Writer.TryWrite(true);

    /// <summary>Runs.</summary>
    /// <exception cref="NotAdmittedException">The server turned it away, or its certificate has expired.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "The desks' work was started here, on the thread pool.")]
    public async Task RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        foreach (var open in OpenRounds()) OpenDesk(open.Key, [.. open], ending);
        await Task.WhenAll(
            GuardAsync(() => ListenAsync(ending), ending), GuardAsync(() => TellNewsAsync(ending.Token), ending));
        board.Disconnected();
        await Task.WhenAll(desks.Values.Select(desk => desk.Work));
        foreach (var (desk, _) in desks.Values) desk.Dispose();
        stop.ThrowIfCancellationRequested();
        failure?.Throw();
    }

    /// <summary>What fails for good ends the whole agent; whoever supervises it starts it again.</summary>
    private async Task GuardAsync(Func<Task> work, CancellationTokenSource ending)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The agent ends.
        }
        catch (Exception error)
        {
            if (error is not NotAdmittedException)
                parts.Log.Fail(AgentErrorKind.Other, null, $"the agent ends: {error}");
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            await ending.CancelAsync();
        }
    }

    private async Task ListenAsync(CancellationTokenSource ending)
    {
        var stop = ending.Token;
        var backoff = parts.Backoff();
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            parts.Session.RequireGoodCertificate();
            try
            {
                await ConnectAsync(backoff, ending);
            }
            catch (RefusedException refused)
            {
                board.Disconnected();
                parts.Log.Fail(AgentErrorKind.Refused, null, $"not connected: {refused}; trying again");
                await backoff.WaitAsync(stop);
            }
            catch (Exception error) when (Backoff.IsPassing(error, stop))
            {
                board.Disconnected();
                parts.Log.Warn($"not connected: {error}; trying again");
                await backoff.WaitAsync(stop);
            }
        }
    }

    private async Task ConnectAsync(Backoff backoff, CancellationTokenSource ending)
    {
        var stop = ending.Token;
        await RenewAsync(stop);
        var known = await parts.Channel.SelfAsync(stop);
        await ReportAsync(stop);
        using var until = new CancellationTokenSource(TimeUntilRenewal(), parts.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, until.Token);
        try
        {
            var orders = parts.Channel.OrdersAsync(lastEventId, () => Connected(known, backoff), both.Token);
            await foreach (var (order, eventId) in orders)
            {
                lastEventId = eventId;
                Take(order, ending);
            }

            throw new ChannelException("the server ended the stream of orders");
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            // Time for the next certificate; what is under way goes on meanwhile.
        }
    }

    // The old certificate holds for as long again: a renewal that fails does not keep the agent from its work.
    private async Task RenewAsync(CancellationToken stop)
    {
        try
        {
            if (await parts.Session.RenewIfDueAsync(stop)) parts.Log.Say($"the certificate is renewed");
        }
        catch (RefusedException refused)
        {
            parts.Log.Fail(
                AgentErrorKind.Certificate, null, $"the certificate is not renewed: {refused}; trying again");
        }
        catch (Exception error) when (Backoff.IsPassing(error, stop))
        {
            parts.Log.Warn($"the certificate is not renewed: {error}; trying again");
        }
    }

    private void Connected(AgentSelf known, Backoff backoff)
    {
        backoff.Reset();
        parts.Bench.Forget();
        foreach (var order in board.Orders.Where(order => order.Kind is OrderKind.StandBy or OrderKind.Training))
            parts.Bench.TryPromise(order.Run);
        board.Connected(known);
        parts.Log.Say($"connected as {known.Agent} ({known.Role})");
    }

    private void Take(OrderMessage order, CancellationTokenSource ending)
    {
        if (!desks.TryGetValue(order.Run, out var desk))
        {
            if (desks.Count >= DesksMax)
            {
                parts.Log.Warn($"{order.Run}: not followed, as this agent has had orders of {DesksMax} runs");
                return;
            }

            desk = OpenDesk(order.Run, [], ending);
        }

        if (order.Kind is OrderKind.StandBy or OrderKind.Training) parts.Bench.TryPromise(order.Run);
        board.Ordered(order);
        desk.Desk.Put(order);
    }

    private (RunDesk Desk, Task Work) OpenDesk(
        RunId run, IReadOnlyList<RoundRef> open, CancellationTokenSource ending)
    {
        var stop = ending.Token;
        var desk = new RunDesk(
            stopping => handler.ResumeAsync(open, stopping),
            (order, cancellation) => handler.HandleAsync(order, cancellation, stop));
        var work = Task.Run(() => GuardAsync(() => desk.RunAsync(stop), ending), CancellationToken.None);
        return desks[run] = (desk, work);
    }

    private ILookup<RunId, RoundRef> OpenRounds()
    {
        var open = parts.Outbox.Rounds().ToList();
        try
        {
            open.AddRange(Spending.Unsettled(parts.OpenLedger().Records));
        }
        catch (LedgerException error)
        {
            parts.Log.Fail(AgentErrorKind.Ledger, null, $"{error}");
        }

        return open.Distinct().ToLookup(round => round.Run);
    }

    private async Task TellNewsAsync(CancellationToken stop)
    {
        await foreach (var _ in news.Reader.ReadAllAsync(stop))
        {
            try
            {
                await ReportAsync(stop);
            }
            catch (Exception error) when (error is RefusedException || Backoff.IsPassing(error, stop))
            {
                // Told again with the next connection.
            }
        }
    }

    private async Task ReportAsync(CancellationToken stop)
    {
        await parts.Channel.ReportAsync(Facts(), stop);
        if (parts.Trouble() is not { } trouble) return;
        try
        {
            await parts.Channel.TellTroubleAsync(trouble, stop);
        }
        catch (RefusedException)
        {
            // An older server knows no such thing; the owner has the log.
        }
    }

    private AgentFacts Facts()
    {
        try
        {
            if (PolicyReader.Read(parts.Folder.Policy).Budget is not { } budget) return self;
            var epsilon = spending.Epsilon(parts.OpenLedger().Records, budget.Delta);
            return self with { EpsilonSpent = epsilon, EpsilonMax = budget.Epsilon, Delta = budget.Delta };
        }
        catch (Exception error) when (error is PolicyException or LedgerException)
        {
            return self;
        }
    }

    private TimeSpan TimeUntilRenewal()
    {
        var left = parts.Session.Identity.RenewAt - parts.Time.GetUtcNow();
        return left > parts.Timings.RenewalPause ? left : parts.Timings.RenewalPause;
    }
}
