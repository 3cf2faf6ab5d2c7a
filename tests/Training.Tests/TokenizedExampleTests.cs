namespace FedLowRank.Training.Tests;

public sealed class TokenizedExampleTests
{
    [Fact]
    public void An_example_is_for_a_classifier_or_for_the_next_token()
    {
        var labelled = new TokenizedExample([5], 2);
        Assert.True(labelled.HasLabel);
        Assert.Equal(2, labelled.Label);

        var plain = new TokenizedExample([5, 6]);
        Assert.False(plain.HasLabel);
        Assert.Throws<InvalidOperationException>(() => plain.Label);
    }

    [Fact]
    public void An_example_without_anything_to_predict_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenizedExample([5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenizedExample([], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenizedExample([5], -1));
    }
}
