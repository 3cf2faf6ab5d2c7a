using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.ClientAgent.Ledgers;

/// <summary>
/// What was ever done to the owner's data, in a file that only grows. A reservation is on the disk before the first
/// step of its round and is never taken back; there is at most one for each attempt at a round. The form is
/// <see cref="LedgerText"/>'s. Safe for concurrent use in one process, which must hold the folder's lock, also where it
/// is opened more than once: every call reads the files anew.
/// </summary>
internal sealed class Ledger
{
    private const int ReadTries = 5;

    // One for the process: between the writing of the head and of its line, whoever reads them through another ledger
    // would take that for the work of a crash, and write the line as well.
    private static readonly Lock Writing = new();

    private readonly string path;
    private readonly DurableFile files;

    private Ledger(string path, DurableFile files) => (this.path, this.files) = (path, files);

    private string HeadPath => path + ".head";

    /// <summary>Starts a ledger for an agent that is about to be enrolled for the first time.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public static void CreateIfNone(string path, DurableFile files, AgentId agent, DateTimeOffset now)
    {
        var ledger = new Ledger(path, files);
        if (File.Exists(path) || File.Exists(ledger.HeadPath)) return;
        lock (Writing) ledger.Append(new LedgerRecord.Opened(agent, now), after: null);
    }

    /// <summary>Reads a ledger to go on with it, and completes what a crash cut off.</summary>
    /// <exception cref="LedgerException">It is damaged or missing.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    public static Ledger Open(string path, DurableFile files)
    {
        var ledger = new Ledger(path, files);
        lock (Writing) ledger.Load();
        return ledger;
    }

    /// <summary>Reads a ledger to look at it, also while an agent writes it.</summary>
    /// <exception cref="LedgerException">It is damaged or missing.</exception>
    public static IReadOnlyList<LedgerRecord> Read(string path)
    {
        var ledger = new Ledger(path, new DurableFile());
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return ledger.ReadFiles().Records;
            }
            catch (LedgerException) when (attempt < ReadTries)
            {
                // Two lines may have been written between the reading of the two files.
            }
        }
    }

    /// <summary>All there is.</summary>
    /// <exception cref="LedgerException">It is damaged or missing.</exception>
    public IReadOnlyList<LedgerRecord> Records
    {
        get
        {
            lock (Writing) return Load().Records;
        }
    }

    /// <summary>Charges a round. When this returns true the charge is on the disk, and training may begin.</summary>
    /// <returns>False where that attempt was charged before: it must not be trained again.</returns>
    /// <exception cref="LedgerException">It is damaged or missing.</exception>
    /// <exception cref="IOException">The disk is full or fails; the round may be charged all the same.</exception>
    public bool TryReserve(RoundRef round, MechanismEvent cost, double delta, DateTimeOffset now)
    {
        var (number, attempt) = round.Round;
        lock (Writing)
        {
            var known = Load();
            if (known.Records.OfType<LedgerRecord.Reserved>().Any(reserved => reserved.Round == round)) return false;
            Append(
                new LedgerRecord.Reserved(
                    round.Run, number, attempt, cost.Rate, cost.Sigma, cost.Steps, delta, now),
                known);
            return true;
        }
    }

    /// <summary>Writes down that a round without privacy begins.</summary>
    public void BeginWithoutPrivacy(RoundRef round, DateTimeOffset now) =>
        Add(new LedgerRecord.WithoutPrivacy(round.Run, round.Round.Number, round.Round.Attempt, now));

    /// <summary>Writes down that an update arrived.</summary>
    public void Sent(RoundRef round, BlobHash update, DateTimeOffset now) =>
        Settle(new LedgerRecord.Sent(round.Run, round.Round.Number, round.Round.Attempt, update, now));

    /// <summary>Writes down that no update will come.</summary>
    public void Lost(RoundRef round, LostReason reason, DateTimeOffset now) =>
        Settle(new LedgerRecord.Lost(round.Run, round.Round.Number, round.Round.Attempt, reason, now));

    /// <summary>Writes down that the server does not want the update.</summary>
    public void Refused(RoundRef round, string code, DateTimeOffset now) =>
        Settle(new LedgerRecord.Refused(round.Run, round.Round.Number, round.Round.Attempt, code, now));

    private void Settle(LedgerRecord outcome)
    {
        lock (Writing)
        {
            var known = Load();
            if (!known.Records.Any(record => record.Settles == outcome.Settles)) Append(outcome, known);
        }
    }

    private void Add(LedgerRecord record)
    {
        lock (Writing) Append(record, Load());
    }

    private void Append(LedgerRecord record, LedgerContent? after)
    {
        var (line, _) = LedgerText.Write((after?.Records.Count ?? 0) + 1, record, after?.Hash);
        files.Write(HeadPath, line);
        files.Append(path, line);
    }

    private LedgerContent Load()
    {
        var found = ReadFiles();
        if (found.Missing.Length > 0) files.Append(path, found.Missing);
        return found;
    }

    // The ledger is read before its head, as the head is written first.
    private LedgerContent ReadFiles()
    {
        var (ledger, head) = (BytesOf(path), BytesOf(HeadPath));
        if (ledger is null && head is null) throw new LedgerException(path, "the ledger is missing");
        if (head is null) throw new LedgerException(HeadPath, "the head of the ledger is missing");
        try
        {
            return LedgerText.Read(ledger, head);
        }
        catch (FormatException error)
        {
            throw new LedgerException(path, $"the ledger is damaged: {error.Message}");
        }
    }

    private static byte[]? BytesOf(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;
}
