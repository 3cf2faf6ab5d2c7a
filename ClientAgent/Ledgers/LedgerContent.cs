namespace FedLowRank.ClientAgent.Ledgers;

/// <summary>What a ledger says.</summary>
/// <param name="Records">In order, at least one.</param>
/// <param name="Hash">Of the last line.</param>
/// <param name="Missing">Bytes of the last line that a crash kept out of the file.</param>
internal sealed record LedgerContent(IReadOnlyList<LedgerRecord> Records, byte[] Hash, byte[] Missing);
