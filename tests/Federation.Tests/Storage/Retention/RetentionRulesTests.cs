using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Retention;

namespace FedLowRank.Federation.Tests.Storage.Retention;

/// <summary>
/// Goal: nothing goes that something kept needs. Method: small cases by hand, then random stores, roots and policies
/// against the rule said once more, item by item.
/// </summary>
public sealed class RetentionRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly RetentionPolicy Hour = new(TimeSpan.FromHours(1), EntriesKept: 10);
    private static readonly StreamName Runs = new("runs/a");

    [Fact]
    public void A_blob_goes_when_nothing_needs_it_and_its_grace_is_over()
    {
        var plan = RetentionRules.Plan(
            [Blob(1, 120), Blob(2, 120), Blob(3, 59), Blob(4, 60), Blob(5, -10)], [],
            [Root("checkpoint 1", [2])], Hour, Now);
        Assert.Equal([Blob(1, 120), Blob(4, 60)], plan.Blobs);
        Assert.Empty(plan.Missing);
    }

    [Fact]
    public void What_a_root_needs_and_is_not_there_is_told_with_the_name_of_the_root()
    {
        var plan = RetentionRules.Plan([Blob(1, 0)], [], [Root("checkpoint 7", [1, 2, 2])], Hour, Now);
        Assert.Equal([new MissingBlob("checkpoint 7", Hash(2))], plan.Missing);
    }

    [Theory]
    [InlineData(100, null, 90L)]
    [InlineData(100, 50L, 49L)]
    [InlineData(100, 95L, 90L)]
    [InlineData(100, 1L, null)]
    [InlineData(10, null, null)]
    [InlineData(null, null, null)]
    public void Entries_go_up_to_some_before_the_snapshot_but_none_that_a_root_needs(
        int? snapshot, long? needed, long? through)
    {
        NeededEntries[] entries = needed is { } first ? [new(Runs, first), new(Runs, first + 7)] : [];
        var plan = RetentionRules.Plan(
            [], [new(Runs, 1, 200, snapshot)], [new("checkpoint 1", [], [.. entries])], Hour, Now);
        Assert.Equal(through, plan.Entries.SingleOrDefault()?.Through);
    }

    [Fact]
    public void No_entry_goes_where_the_policy_keeps_all()
    {
        var plan = RetentionRules.Plan([], [new(Runs, 1, 200, 200)], [], new(TimeSpan.Zero, null), Now);
        Assert.Empty(plan.Entries);
    }

    [Fact]
    public void A_policy_below_zero_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RetentionRules.Plan([], [], [], new(TimeSpan.FromSeconds(-1), 0), Now));
        Assert.Throws<ArgumentException>(() => RetentionRules.Plan([], [], [], new(TimeSpan.Zero, -1), Now));
    }

    [Fact]
    public void Whatever_is_kept_stays_whole()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            StoredBlob[] blobs =
                [.. Enumerable.Range(0, 30).Where(_ => random.Next(4) > 0).Select(i => Blob(i, random.Next(-20, 200)))];
            RetentionRoot[] roots =
            [
                .. Enumerable.Range(0, random.Next(4)).Select(i => Root(
                    $"root {i}", [.. Enumerable.Range(0, random.Next(10)).Select(_ => random.Next(30))])),
            ];
            var plan = RetentionRules.Plan(blobs, [], roots, Hour, Now);
            foreach (var blob in blobs)
            {
                var isNeeded = roots.Any(root => root.Blobs.Contains(blob.Hash));
                var isYoung = blob.StoredAt > Now.AddHours(-1);
                Assert.True(plan.Blobs.Contains(blob) == (!isNeeded && !isYoung), $"seed {seed}, {blob}");
            }
        }
    }

    private static BlobHash Hash(int number) => new(0, (UInt128)number);

    private static StoredBlob Blob(int number, int ageMinutes) =>
        new(Hash(number), number, Now.AddMinutes(-ageMinutes));

    private static RetentionRoot Root(string name, int[] blobs) => new(name, [.. blobs.Select(Hash)], []);
}
