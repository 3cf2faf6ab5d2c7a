using FedLowRank.Training.Local;

namespace FedLowRank.Training.Tests.Local;

/// <summary>Accuracy, macro-F1 and loss against values computed by hand.</summary>
public sealed class EvaluatorTests
{
    private static TokenizedExample[] Examples(params int[] labels) =>
        [.. labels.Select(label => new TokenizedExample([0], label))];

    private static Prediction[] Predictions(params int[] labels) =>
        [.. labels.Select((label, index) => new Prediction(label, index))];

    [Fact]
    public void Measures_agree_with_a_confusion_matrix_counted_by_hand()
    {
        // Label 0: TP 2, FP 1, FN 1. Label 1: TP 1, FP 1, FN 1. Label 2: TP 1, FP 0, FN 0.
        var quality = Evaluator.Measure(Predictions(0, 0, 1, 0, 1, 2), Examples(0, 0, 0, 1, 1, 2), labelCount: 3);
        Assert.Equal(4.0 / 6, quality.Accuracy, 1e-12);
        Assert.Equal(((4.0 / 6) + (2.0 / 4) + 1) / 3, quality.MacroF1, 1e-12);
        Assert.Equal(15.0 / 6, quality.Loss, 1e-12);
    }

    [Fact]
    public void A_label_that_is_neither_true_nor_predicted_counts_as_zero()
    {
        var quality = Evaluator.Measure(Predictions(0, 1), Examples(0, 1), labelCount: 4);
        Assert.Equal(1, quality.Accuracy);
        Assert.Equal(0.5, quality.MacroF1);
    }

    [Fact]
    public void Nothing_right_is_zero()
    {
        var quality = Evaluator.Measure(Predictions(1, 0), Examples(0, 1), labelCount: 2);
        Assert.Equal((0, 0), (quality.Accuracy, quality.MacroF1));
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Evaluator.Measure([], [], 2));
        Assert.Throws<ArgumentException>(() => Evaluator.Measure(Predictions(0), Examples(0, 1), 2));
        Assert.Throws<ArgumentException>(() => Evaluator.Measure(Predictions(0), Examples(2), 2));
        Assert.Throws<ArgumentException>(() => Evaluator.Measure(Predictions(2), Examples(0), 2));
        Assert.Throws<ArgumentException>(() => Evaluator.Measure(Predictions(-1), Examples(0), 2));
    }

    [Fact]
    public void Perplexity_weighs_every_token_alike()
    {
        var quality = Evaluator.MeasureTokens([Prediction.OfTokens(2, 1), Prediction.OfTokens(1, 3)]);
        Assert.Equal((5.0 / 4, 4L), (quality.Loss, quality.TargetCount));
        Assert.Equal(Math.Exp(1.25), quality.Perplexity, 1e-12);
        Assert.Throws<ArgumentException>(() => Evaluator.MeasureTokens([]));
    }
}
