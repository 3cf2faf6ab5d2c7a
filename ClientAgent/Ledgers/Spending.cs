using FedLowRank.ClientAgent.Storage;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.ClientAgent.Ledgers;

/// <summary>
/// What a ledger amounts to, at the owner's delta. All reservations count, whatever became of their rounds. Noise and
/// rates may be chosen by the server as the run goes; Renyi divergences add up all the same, and the check before each
/// reservation is the filter of Feldman and Zrnic (arXiv 2008.11193).
/// </summary>
internal sealed class Spending(IAccountant accountant)
{
    /// <summary>Epsilon of all reservations.</summary>
    public double Epsilon(IEnumerable<LedgerRecord> records, double delta) =>
        accountant.Epsilon(EventsOf(records), delta);

    /// <summary>Epsilon if one more round were charged.</summary>
    public double EpsilonWith(IEnumerable<LedgerRecord> records, MechanismEvent more, double delta) =>
        accountant.Epsilon([.. EventsOf(records), more], delta);

    /// <summary>Rounds that were charged and not settled.</summary>
    public static IReadOnlyList<RoundRef> Unsettled(IReadOnlyList<LedgerRecord> records)
    {
        var settled = records.Select(record => record.Settles).OfType<RoundRef>().ToHashSet();
        return
        [
            .. records.OfType<LedgerRecord.Reserved>().Select(reserved => reserved.Round)
                .Where(round => !settled.Contains(round)),
        ];
    }

    private static List<MechanismEvent> EventsOf(IEnumerable<LedgerRecord> records) =>
    [
        .. records.OfType<LedgerRecord.Reserved>()
            .GroupBy(reserved => (reserved.SamplingRate, reserved.NoiseMultiplier))
            .Select(alike => new MechanismEvent(
                alike.Key.SamplingRate, alike.Key.NoiseMultiplier, alike.Sum(reserved => reserved.Steps))),
    ];
}
