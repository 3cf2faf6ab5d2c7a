// Goal: what the seam promises holds for every engine and every family of models: an example's gradient is its own,
// any set of trainables, one adapter after the other, and bad input refused by name.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;
using FedLowRank.Training.Tests.Engine;

namespace FedLowRank.Engines.Tests.Conformance;

/// <summary>The promises of <see cref="ITrainingEngine"/>.</summary>
/// <param name="kind">The engine.</param>
public abstract class BehaviourSuite(EngineKind kind)
{
    public static TheoryData<string> Names => Material.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void An_examples_gradient_and_loss_are_those_that_it_has_alone(string name)
    {
        var material = Material.Of(name);
        var adapter = material.Adapter();
        var (layout, parameters) = (adapter.Layout, adapter.ToSingle(adapter.Layout));
        using var engine = material.Create(kind);
        engine.Load(adapter, layout);
        var (examples, predictions) = (material.Examples, new Prediction[3]);
        var together = Differences.Rows(engine, layout, parameters, examples);
        engine.Evaluate(parameters, examples, predictions);
        for (var i = 0; i < examples.Length; i++)
        {
            var alone = Assert.Single(Differences.Rows(engine, layout, parameters, [examples[i]]));
            Assert.InRange(Differences.OfValues(alone, together[i]), 0, kind.BatchTolerance * alone.Max(Math.Abs));
            var prediction = new Prediction[1];
            engine.Evaluate(parameters, [examples[i]], prediction);
            Assert.Equal(
                (prediction[0].Label, prediction[0].TargetCount), (predictions[i].Label, predictions[i].TargetCount));
            Assert.InRange(
                Math.Abs(prediction[0].Loss - predictions[i].Loss), 0, kind.BatchTolerance * prediction[0].Loss);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_trained_besides_changes_no_gradient(string name)
    {
        var material = Material.Of(name);
        var adapter = material.Adapter();
        using var engine = material.Create(kind);
        List<float[]> RowsOf(TensorLayout layout)
        {
            engine.Load(adapter, layout);
            return Differences.Rows(engine, layout, adapter.ToSingle(layout), material.Examples);
        }

        var (everything, random) = (RowsOf(adapter.Layout), new Random(3));
        var tensors = adapter.Layout.Tensors.ToArray();
        foreach (var count in new[] { 1, 2, tensors.Length / 2, tensors.Length - 1 })
        {
            random.Shuffle(tensors);
            var layout = new TensorLayout(tensors[..count]);
            foreach (var (all, some) in everything.Zip(RowsOf(layout)))
            {
                // Some gradients are zero but for rounding, such as those of queries where there is one key.
                var limit = Math.Max(2e-5, kind.BatchTolerance) * all.Max(Math.Abs);
                for (var t = 0; t < count; t++)
                {
                    var expected = adapter.Layout.Slice<float>(all, adapter.Layout.IndexOf(tensors[t].Name)).ToArray();
                    var actual = layout.Slice<float>(some, t).ToArray();
                    Assert.InRange(Differences.OfValues(expected, actual), 0, limit);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_left_of_the_adapter_before(string name)
    {
        var material = Material.Of(name);
        using var engine = material.Create(kind);
        double[] SumOf(Adapter adapter, TensorLayout layout)
        {
            engine.Load(adapter, layout);
            return Differences.ClippedSum(engine, layout, adapter.ToSingle(layout), material.Examples, clip: 1);
        }

        var first = material.Adapter(seed: 11);
        var expected = SumOf(first, first.Layout);
        var other = material.Adapter(seed: 12);
        var head = new TensorLayout([other.Layers[0].Shape.B]);
        Assert.NotEqual(expected[..head.Count], SumOf(other, head));
        Assert.InRange(Differences.OfLength(expected, SumOf(first, first.Layout)), 0, kind.BatchTolerance);
    }

    [Fact]
    public void A_load_that_fails_leaves_the_adapter_before_it()
    {
        var material = Material.Of("roberta");
        var adapter = material.Adapter();
        using var engine = material.Create(kind);
        engine.Load(adapter, adapter.Layout);
        var before = Differences.Rows(engine, adapter.Layout, adapter.ToSingle(adapter.Layout), material.Examples);
        Refuses("nobody", () => engine.Load(adapter, new TensorLayout([new TensorSpec("nobody", 1, 1)])));
        Assert.Equal(
            before, Differences.Rows(engine, adapter.Layout, adapter.ToSingle(adapter.Layout), material.Examples));
    }

    [Fact]
    public void The_same_input_gives_the_same_bits()
    {
        var material = Material.Of("llama");
        var adapter = material.Adapter();
        double[] Sum()
        {
            using var engine = material.Create(kind);
            engine.Load(adapter, adapter.Layout);
            return Differences.ClippedSum(
                engine, adapter.Layout, adapter.ToSingle(adapter.Layout), material.Examples, clip: 1);
        }

        Assert.Equal(Sum(), Sum());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_examples_are_no_rows_and_a_sum_of_nothing(string name)
    {
        var material = Material.Of(name);
        var adapter = material.Adapter();
        using var engine = material.Create(kind);
        engine.Load(adapter, adapter.Layout);
        var parameters = adapter.ToSingle(adapter.Layout);
        Assert.Empty(Differences.Rows(engine, adapter.Layout, parameters, []));
        Assert.All(
            Differences.ClippedSum(engine, adapter.Layout, parameters, [], clip: 1), value => Assert.Equal(0, value));
        engine.Evaluate(parameters, [], []);
    }

    [Fact]
    public void Examples_that_do_not_fit_are_refused_by_name()
    {
        var material = Material.Of("roberta");
        using var engine = material.Create(kind);
        engine.Load(material.Adapter(), new TensorLayout([]));
        foreach (var (example, message) in new (TokenizedExample, string)[]
        {
            (new([0, 37, 2], 0), "token id 37; the vocabulary has 37"),
            (new([0, -1, 2], 0), "token id -1; the vocabulary has 37"),
            (new([0, 2], 3), "label 3; the head has 3"),
            (new(new int[129], 0), "129 tokens; the model takes 128"),
            (new([0, 2]), "no label"),
        })
        {
            Refuses(message, () => engine.Evaluate([], [example], new Prediction[1]));
            Refuses(message, () => engine.Gradients([], [example], new RowCollector(0)));
        }

        Refuses("2 predictions", () => engine.Evaluate([], [new([0, 2], 0)], new Prediction[2]));
        Refuses("1 parameters", () => engine.Evaluate([1], [new([0, 2], 0)], new Prediction[1]));
        Refuses("rows of 7", () => engine.Gradients([], [new([0, 2], 0)], new RowCollector(7)));
    }

    [Fact]
    public void Adapters_that_do_not_fit_are_refused_by_name()
    {
        var material = Material.Of("llama");
        var adapter = material.Adapter();
        using var engine = material.Create(kind);
        Adapter With(string module, int width)
        {
            var shape = new LoraShape(module, width, width, 2, 2);
            return new([new LoraFactors(shape, new double[2 * width], new double[2 * width])], []);
        }

        Refuses("64 -> 64", () => engine.Load(With("model.layers.0.self_attn.q_proj", 64), new TensorLayout([])));
        Refuses("no linear layer nobody", () => engine.Load(With("nobody", 64), new TensorLayout([])));
        var stranger = new NamedTensor(new TensorSpec("pooler.dense.bias", 1, 1), [0]);
        Refuses("pooler.dense.bias", () => engine.Load(new(adapter.Layers, [stranger]), new TensorLayout([])));
        Refuses("nobody", () => engine.Load(adapter, new TensorLayout([new TensorSpec("nobody", 1, 1)])));
    }

    [Fact]
    public void Load_comes_first_and_nothing_comes_after_the_end()
    {
        var material = Material.Of("gpt2");
        var engine = material.Create(kind);
        Assert.Throws<InvalidOperationException>(() => engine.Gradients([], [], new RowCollector(5)));
        Assert.Throws<InvalidOperationException>(() => engine.Evaluate([], [], new Prediction[1]));
        engine.Load(material.Adapter(), new TensorLayout([]));
        engine.Dispose();
        engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Load(material.Adapter(), new TensorLayout([])));
        Assert.Throws<ObjectDisposedException>(() => engine.Evaluate([], [], []));
        Assert.Throws<ObjectDisposedException>(() => engine.Gradients([], [], new RowCollector(0)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Gradients_that_are_not_finite_add_nothing_and_are_counted(float value)
    {
        var material = Material.Of("roberta");
        var adapter = material.Adapter();
        using var engine = material.Create(kind);
        engine.Load(adapter, adapter.Layout);
        var parameters = adapter.ToSingle(adapter.Layout);
        adapter.Layout.Slice(parameters.AsSpan(), adapter.Layout.IndexOf(adapter.Layers[0].Shape.B.Name))[0] = value;
        var sum = new ClippedSumAccumulator(new ClipNorm(1), adapter.Layout.Count);
        engine.Gradients(parameters, material.Examples, sum);
        Assert.Equal((3, 3), (sum.Examples, sum.NonFinite));
        Assert.All(sum.Take().Steps.ToArray(), step => Assert.Equal(0, step));
    }

    [Fact]
    public void A_sink_that_throws_ends_the_call_and_the_engine_goes_on()
    {
        var material = Material.Of("llama");
        var adapter = material.Adapter();
        using var engine = material.Create(kind);
        engine.Load(adapter, adapter.Layout);
        var parameters = adapter.ToSingle(adapter.Layout);
        var error = Assert.Throws<IOException>(
            () => engine.Gradients(parameters, material.Examples, new FailingSink(adapter.Layout.Count)));
        Assert.Equal("full", error.Message);
        Assert.Equal(3, Differences.Rows(engine, adapter.Layout, parameters, material.Examples).Count);
    }

    private static void Refuses(string message, Action call) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);

    private sealed class FailingSink(int dimension) : IGradientSink
    {
        public int Dimension => dimension;

        public void AddRows(ReadOnlySpan<float> rows) => throw new IOException("full");
    }
}

public sealed class CpuBehaviourTests() : BehaviourSuite(EngineKind.Cpu);

public sealed class TorchBehaviourTests() : BehaviourSuite(EngineKind.Torch);

public sealed class RecomputingBehaviourTests() : BehaviourSuite(EngineKind.TorchRecomputing);
