using System.Text.Json.Serialization;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation;

/// <summary>Quality on test examples: figures of labels or of tokens, as the task is; the others are null.</summary>
public sealed record TestQuality
{
    /// <inheritdoc cref="Quality.Accuracy"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Accuracy { get; init; }

    /// <inheritdoc cref="Quality.MacroF1"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MacroF1 { get; init; }

    /// <inheritdoc cref="TokenQuality.Perplexity"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Perplexity { get; init; }

    /// <summary>Mean cross-entropy in nats: over the examples, or over all target tokens of all examples.</summary>
    public required double Loss { get; init; }

    /// <summary>Of a classifier.</summary>
    public static TestQuality Of(Quality quality) =>
        new() { Accuracy = quality.Accuracy, MacroF1 = quality.MacroF1, Loss = quality.Loss };

    /// <summary>Of next-token predictions.</summary>
    public static TestQuality Of(TokenQuality quality) =>
        new() { Perplexity = quality.Perplexity, Loss = quality.Loss };
}
