// Goal: every kind of trainable (A, B, the inner matrix, the head) on every linear layer of every kind of decoder has
// the gradient that a central difference of the loss gives, for both tasks. Method: as for encoders.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed class DecoderGradientTests(ITestOutputHelper output)
{
    public static TheoryData<string> Kinds => TinyDecoder.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_of_next_token_training_equal_finite_differences(string kind) =>
        Check(TinyDecoder.Config(kind), isClassifier: false);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_of_classification_equal_finite_differences(string kind) =>
        Check(TinyDecoder.Config(kind), isClassifier: true);

    [Fact]
    public void Gradients_through_an_output_matrix_of_several_slices_equal_finite_differences() =>
        Check(TinyDecoder.Config("llama") with { VocabularySize = 4500, LayerCount = 1 }, isClassifier: false);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_set_of_trainables_has_the_gradients_of_all(string kind)
    {
        using var engine = TinyDecoder.Open(TinyDecoder.Config(kind));
        var adapter = TinyDecoder.Adapter(engine, isClassifier: true);
        var everything = adapter.Layout;
        var expected = Rows(engine, adapter, everything);
        // Each alone: what lies below it, and in the lowest layer what it does not need, is not computed.
        foreach (var spec in everything.Tensors)
        {
            var alone = Rows(engine, adapter, new TensorLayout([spec]));
            for (var i = 0; i < alone.Count; i++)
            {
                Assert.Equal(everything.Slice<float>(expected[i], everything.IndexOf(spec.Name)).ToArray(), alone[i]);
            }
        }
    }

    private void Check(DecoderConfig config, bool isClassifier)
    {
        using var engine = TinyDecoder.Open(config);
        var adapter = TinyDecoder.Adapter(engine, isClassifier);
        var layout = TinyDecoder.Everything(adapter);
        engine.Load(adapter, layout);
        FiniteDifferences.Check(
            engine, layout, TinyDecoder.Examples(isClassifier, config.VocabularySize), output);
    }

    private static List<float[]> Rows(CpuEngine engine, Adapter adapter, TensorLayout layout)
    {
        engine.Load(adapter, layout);
        var rows = new RowCollector(layout.Count);
        engine.Gradients(adapter.ToSingle(layout), TinyDecoder.Examples(isClassifier: true), rows);
        return rows.Rows;
    }
}
