// Goal: a batch is cut into micro-batches that keep the limits, leave nothing out, and are equally long. Method: random
// lengths against the limits themselves.
using FedLowRank.Training.Engine;

namespace FedLowRank.Training.Tests.Engine;

public sealed class BatchPlanTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_example_is_in_one_micro_batch_within_the_limits(int seed)
    {
        var random = new Random(seed);
        var examples = Examples([.. Enumerable.Range(0, random.Next(100)).Select(_ => 1 + random.Next(60))]);
        var (workers, tokensMax, countMax) = (1 + random.Next(5), 1 + random.Next(200), 1 + random.Next(20));
        var plan = new BatchPlan();
        plan.Cut(examples, workers, tokensMax, countMax);
        var next = 0;
        for (var i = 0; i < plan.Count; i++)
        {
            var (start, count) = plan[i];
            Assert.Equal(next, start);
            Assert.InRange(count, 1, countMax);
            var tokens = examples.AsSpan(start, count).ToArray().Sum(e => e.Tokens.Length);
            Assert.True(count == 1 || tokens <= tokensMax, $"seed {seed}: {tokens} tokens, at most {tokensMax}");
            next = start + count;
        }

        Assert.Equal(examples.Length, next);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 6)]
    public void Workers_get_equal_shares(int workers, int expected)
    {
        var plan = new BatchPlan();
        var examples = Examples([.. Enumerable.Repeat(25, 72)]);
        plan.Cut(examples, workers, 512, int.MaxValue);
        Assert.Equal(expected, plan.Count);
        var counts = Enumerable.Range(0, plan.Count).Select(i => plan[i].Count).ToArray();
        Assert.InRange(counts.Max() - counts.Min(), 0, 1);
    }

    private static TokenizedExample[] Examples(int[] lengths) =>
        [.. lengths.Select(length => new TokenizedExample(new int[length], 0))];
}
