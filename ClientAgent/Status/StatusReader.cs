using System.Text.Json;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Identity.AgentKeys;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.ClientAgent.Status;

/// <summary>Reads an agent's folder, whatever state it is in, and changes nothing in it.</summary>
internal static class StatusReader
{
    public static StatusFigures Read(AgentFolder folder)
    {
        var keys = new AgentIdentityFiles(folder.Root);
        using var identity = keys.Exists ? keys.Load() : null;
        var note = ReadNote(folder);
        var (ledger, records) = ReadLedger(folder);
        var (policy, problem) = ReadPolicy(folder);
        var isRunning = folder.IsLocked();
        var budget = policy?.Budget;
        return new()
        {
            Folder = folder.Root,
            Agent = identity?.Agent.Value,
            Role = note?.Role?.ToString(),
            IsRunning = isRunning,
            IsConnected = isRunning && note is { IsConnected: true },
            CertificateExpires = identity is null
                ? null
                : new DateTimeOffset(identity.Certificate.NotAfter).ToUniversalTime(),
            RenewAt = identity?.RenewAt,
            Ledger = ledger,
            EpsilonSpent = budget is null || records is null
                ? null
                : new Spending(new RdpAccountant()).Epsilon(records, budget.Delta),
            EpsilonMax = budget?.Epsilon,
            Delta = budget?.Delta,
            RoundsReserved = Count<LedgerRecord.Reserved>(),
            RoundsSent = Count<LedgerRecord.Sent>(),
            RoundsLost = Count<LedgerRecord.Lost>(),
            RoundsRefused = Count<LedgerRecord.Refused>(),
            RoundsWithoutPrivacy = Count<LedgerRecord.WithoutPrivacy>(),
            Orders = [.. (note?.Orders ?? []).Select(order => new OrderFigures(
                order.Run.Value, order.Kind, order.Round, order.At))],
            PolicyProblem = problem,
        };

        int Count<T>() => records?.OfType<T>().Count() ?? 0;
    }

    /// <summary>What a running agent left; null where there is none that can be read.</summary>
    public static RunNote? ReadNote(AgentFolder folder)
    {
        try
        {
            return File.Exists(folder.Status)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(folder.Status), StorageJson.Default.RunNote)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (string State, IReadOnlyList<LedgerRecord>? Records) ReadLedger(AgentFolder folder)
    {
        if (!File.Exists(folder.Ledger)) return ("missing", null);
        try
        {
            return ("sound", Ledger.Read(folder.Ledger));
        }
        catch (LedgerException)
        {
            return ("damaged", null);
        }
    }

    private static (AgentPolicy? Policy, string? Problem) ReadPolicy(AgentFolder folder)
    {
        try
        {
            return (PolicyReader.Read(folder.Policy), null);
        }
        catch (PolicyException error)
        {
            return (null, error.Message);
        }
    }
}
