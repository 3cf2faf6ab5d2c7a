using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Models;

/// <summary>PEFT's rule: a module matches if its name is the target or ends with a dot and the target.</summary>
public sealed class LoraTargetsTests
{
    private static readonly LinearModule[] Modules =
    [
        .. Enumerable.Range(0, 2).SelectMany(layer => (LinearModule[])
        [
            new($"encoder.layer.{layer}.attention.self.query", 8, 8),
            new($"encoder.layer.{layer}.attention.self.value", 8, 8),
            new($"encoder.layer.{layer}.attention.output.dense", 8, 8),
            new($"encoder.layer.{layer}.output.dense", 16, 8),
        ]),
        new("pooler_query", 8, 8),
    ];

    private static string[] Resolve(params string[] targets) =>
        [.. LoraTargets.Resolve(Modules, targets).Select(m => m.Name)];

    [Fact]
    public void A_last_part_matches_in_every_layer_in_model_order() =>
        Assert.Equal(
            ["encoder.layer.0.attention.self.query", "encoder.layer.0.attention.self.value",
             "encoder.layer.1.attention.self.query", "encoder.layer.1.attention.self.value"],
            Resolve("value", "query"));

    [Fact]
    public void A_longer_ending_is_narrower_and_a_full_name_is_one()
    {
        Assert.Equal(4, Resolve("dense").Length);
        Assert.Equal(
            ["encoder.layer.0.attention.output.dense", "encoder.layer.1.attention.output.dense"],
            Resolve("attention.output.dense"));
        Assert.Equal(["pooler_query"], Resolve("pooler_query"));
    }

    [Fact]
    public void A_module_that_two_targets_match_comes_once() =>
        Assert.Equal(4, Resolve("dense", "output.dense").Length);

    [Theory]
    [InlineData("uery")]
    [InlineData("Query")]
    [InlineData(".query")]
    [InlineData("")]
    [InlineData("key")]
    public void A_target_without_a_match_is_named_with_what_there_is(string target)
    {
        var error = Assert.Throws<ArgumentException>(() => Resolve("query", target));
        Assert.Contains($"'{target}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("attention.self.value", error.Message, StringComparison.Ordinal);
        Assert.Contains("pooler_query", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_target_is_refused() => Assert.Throws<ArgumentException>(() => Resolve());
}
