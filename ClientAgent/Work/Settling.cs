using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Service;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// Brings rounds that were charged to their end with the server: an update that became durable is sent, the same bytes
/// each time, until the server gives a definite answer; where none did, the server is told that it is lost. No round is
/// trained twice.
/// </summary>
internal sealed class Settling(AgentParts parts)
{
    /// <summary>Ends what an earlier life of the agent, or an order that was replaced, left open in a round.</summary>
    /// <returns>False where there is nothing, so that the round may be trained.</returns>
    /// <exception cref="LedgerException">The ledger is damaged: what it forbids is unknown.</exception>
    public async Task<bool> ResumeAsync(RoundRef round, CancellationToken stop)
    {
        var records = parts.OpenLedger().Records;
        if (records.Any(record => record.Settles == round))
        {
            parts.Outbox.Remove(round);
            return true;
        }

        if (parts.Outbox.Find(round) is { } update)
        {
            await DeliverAsync(update, stop);
            return true;
        }

        if (!records.OfType<LedgerRecord.Reserved>().Any(reserved => reserved.Round == round)) return false;
        await GiveUpAsync(round, LostReason.Died, stop);
        return true;
    }

    /// <summary>Sends an update until it is settled. Orders do not stop it.</summary>
    public async Task DeliverAsync(OutboxItem update, CancellationToken stop)
    {
        var round = update.Round;
        try
        {
            var receipt = await parts.Backoff().UntilAnsweredAsync(
                () => parts.ChannelOf(round).SendAsync(update, stop), stop);
            parts.OpenLedger().Sent(round, receipt.Update, parts.Time.GetUtcNow());
            parts.Log.Say($"{round}: the server has the update, {update.Bytes} bytes");
        }
        catch (RefusedException refused)
        {
            parts.OpenLedger().Refused(round, refused.Code, parts.Time.GetUtcNow());
            parts.Log.Fail(AgentErrorKind.Refused, round, $"{round}: the update came to nothing: {refused}");
        }

        parts.Outbox.Remove(round);
        parts.Changed();
    }

    /// <summary>Tells the server that a charged round brings no update, until it has heard.</summary>
    public async Task GiveUpAsync(RoundRef round, LostReason reason, CancellationToken stop)
    {
        if (reason == LostReason.Died)
            parts.Log.Fail(AgentErrorKind.Training, round, $"{round}: spent and lost ({reason})");
        else
            parts.Log.Warn($"{round}: spent and lost ({reason})");
        try
        {
            await parts.Backoff().UntilAnsweredAsync(
                async () =>
                {
                    await parts.ChannelOf(round).LostAsync(reason, stop);
                    return true;
                },
                stop);
        }
        catch (RefusedException refused)
        {
            parts.Log.Warn($"{round}: {refused}");
        }

        parts.OpenLedger().Lost(round, reason, parts.Time.GetUtcNow());
        parts.Outbox.Remove(round);
        parts.Changed();
    }

    /// <summary>The last word when the owner stops the agent; what is not heard is said at the next start.</summary>
    public async Task SayFarewellAsync(RoundRef round)
    {
        using var deadline = new CancellationTokenSource(parts.Timings.Farewell, parts.Time);
        try
        {
            var records = parts.OpenLedger().Records;
            if (parts.Outbox.Find(round) is not null || records.Any(record => record.Settles == round)) return;
            if (!records.OfType<LedgerRecord.Reserved>().Any(reserved => reserved.Round == round))
            {
                await parts.ChannelOf(round).DeclineAsync(DeclineReason.Busy, deadline.Token);
                return;
            }

            await parts.ChannelOf(round).LostAsync(LostReason.Stopped, deadline.Token);
            parts.OpenLedger().Lost(round, LostReason.Stopped, parts.Time.GetUtcNow());
        }
        catch (Exception error) when (
            error is RefusedException or NotAdmittedException or LedgerException ||
            Backoff.IsPassing(error, CancellationToken.None))
        {
            parts.Log.Warn($"{round}: the server did not hear that this agent stops");
        }
    }
}
