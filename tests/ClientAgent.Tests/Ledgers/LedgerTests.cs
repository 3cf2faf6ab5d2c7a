using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.ClientAgent.Tests.Ledgers;

/// <summary>
/// Goal: what was spent is never under-counted. Method: every byte of both files damaged, the ledger cut at every
/// length, and the writer killed at every step.
/// </summary>
public sealed class LedgerTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly MechanismEvent Cost = new(0.25, 2, 10);

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("fedlowrank-ledger-");

    private string LedgerPath => Path.Combine(root.FullName, "ledger");

    private string HeadPath => LedgerPath + ".head";

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public void What_is_written_is_read()
    {
        var ledger = Create();
        Assert.True(ledger.TryReserve(Round(1), Cost, 1e-5, Noon));
        ledger.Sent(Round(1), new BlobHash(1, 2), Noon);
        Assert.True(ledger.TryReserve(Round(2), Cost, 1e-5, Noon));
        ledger.Lost(Round(2), LostReason.Died, Noon);
        Assert.True(ledger.TryReserve(Round(3), Cost, 1e-5, Noon));
        Assert.Equal(Ledger.Open(LedgerPath, new DurableFile()).Records, ledger.Records);
        Assert.Equal([Round(3)], Spending.Unsettled(ledger.Records));
    }

    [Fact]
    public void An_attempt_is_charged_once_and_settled_once()
    {
        var ledger = Create();
        Assert.True(ledger.TryReserve(Round(1), Cost, 1e-5, Noon));
        Assert.False(ledger.TryReserve(Round(1), Cost, 1e-5, Noon));
        ledger.Sent(Round(1), new BlobHash(1, 2), Noon);
        ledger.Lost(Round(1), LostReason.Died, Noon);
        Assert.Equal(3, ledger.Records.Count);
        Assert.False(Ledger.Open(LedgerPath, new DurableFile()).TryReserve(Round(1), Cost, 1e-5, Noon));
    }

    [Fact]
    public void Opened_many_times_at_once_it_stays_whole_and_keeps_every_charge()
    {
        Create();
        Parallel.For(1, 41, number =>
        {
            var ledger = Ledger.Open(LedgerPath, new DurableFile());
            Assert.True(ledger.TryReserve(Round(number), Cost, 1e-5, Noon));
            Ledger.Open(LedgerPath, new DurableFile()).Sent(Round(number), new BlobHash(1, 2), Noon);
        });
        var records = Ledger.Open(LedgerPath, new DurableFile()).Records;
        Assert.Equal(81, records.Count);
        Assert.Empty(Spending.Unsettled(records));
    }

    [Fact]
    public void Lost_rounds_cost_as_much_as_sent_ones()
    {
        var ledger = Create();
        ledger.TryReserve(Round(1), Cost, 1e-5, Noon);
        ledger.TryReserve(Round(2), Cost, 1e-5, Noon);
        ledger.Lost(Round(2), LostReason.Died, Noon);
        var accountant = new RdpAccountant();
        Assert.Equal(
            accountant.Epsilon([new MechanismEvent(0.25, 2, 20)], 1e-3),
            new Spending(accountant).Epsilon(ledger.Records, 1e-3), 12);
    }

    [Fact]
    public void Damage_of_any_byte_is_noticed()
    {
        Two();
        foreach (var path in new[] { LedgerPath, HeadPath })
        {
            var sound = File.ReadAllBytes(path);
            for (var i = 0; i < sound.Length; i++)
            {
                foreach (var flip in new byte[] { 1, 0x80 })
                {
                    var bytes = sound.ToArray();
                    bytes[i] ^= flip;
                    File.WriteAllBytes(path, bytes);
                    Assert.Throws<LedgerException>(() => Ledger.Open(LedgerPath, new DurableFile()));
                }
            }

            File.WriteAllBytes(path, sound);
        }

        Assert.Equal(3, Ledger.Read(LedgerPath).Count);
    }

    [Fact]
    public void A_ledger_cut_anywhere_is_refused_or_counts_everything()
    {
        Two();
        var sound = File.ReadAllBytes(LedgerPath);
        var lastLine = sound.Length - File.ReadAllBytes(HeadPath).Length;
        for (var length = 0; length < sound.Length; length++)
        {
            File.WriteAllBytes(LedgerPath, sound[..length]);
            if (length < lastLine)
            {
                Assert.Throws<LedgerException>(() => Ledger.Open(LedgerPath, new DurableFile()));
                continue;
            }

            // Torn by a crash, as far as anyone can tell: the head has the whole line, and it counts.
            Assert.Equal(3, Ledger.Open(LedgerPath, new DurableFile()).Records.Count);
            Assert.Equal(sound, File.ReadAllBytes(LedgerPath));
        }
    }

    [Fact]
    public void A_missing_ledger_or_head_is_refused()
    {
        Assert.Throws<LedgerException>(() => Ledger.Open(LedgerPath, new DurableFile()));
        Two();
        var head = File.ReadAllBytes(HeadPath);
        File.Delete(HeadPath);
        Assert.Throws<LedgerException>(() => Ledger.Open(LedgerPath, new DurableFile()));
        File.WriteAllBytes(HeadPath, head);
        File.Delete(LedgerPath);
        Assert.Throws<LedgerException>(() => Ledger.Open(LedgerPath, new DurableFile()));
    }

    [Fact]
    public void A_kill_at_any_step_loses_no_charge_that_was_granted_and_leaves_a_sound_ledger()
    {
        for (var killAt = 1; ; killAt++)
        {
            foreach (var file in root.EnumerateFiles()) file.Delete();
            var steps = 0;
            Create();
            var dying = Ledger.Open(LedgerPath, new DurableFile(_ =>
            {
                if (++steps == killAt) throw new KilledException();
            }));
            var isGranted = false;
            try
            {
                isGranted = dying.TryReserve(Round(1), Cost, 1e-5, Noon);
            }
            catch (KilledException)
            {
                // Dead.
            }

            var next = Ledger.Open(LedgerPath, new DurableFile());
            var isCharged = next.Records.OfType<LedgerRecord.Reserved>().Any();
            Assert.True(isCharged || !isGranted);
            Assert.Equal(!isCharged, next.TryReserve(Round(1), Cost, 1e-5, Noon));
            if (!isGranted) continue;
            Assert.True(killAt > 4, "there are more steps than this to die at");
            return;
        }
    }

    private static RoundRef Round(int number) => new(new RunId("demo"), new RoundId(number, 1));

    private Ledger Create()
    {
        Ledger.CreateIfNone(LedgerPath, new DurableFile(), new AgentId("berlin"), Noon);
        return Ledger.Open(LedgerPath, new DurableFile());
    }

    private void Two()
    {
        var ledger = Create();
        ledger.TryReserve(Round(1), Cost, 1e-5, Noon);
        ledger.TryReserve(Round(2), Cost, 1e-5, Noon);
    }

    private sealed class KilledException : Exception;
}
