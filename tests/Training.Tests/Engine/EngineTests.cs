// Goal: what the engine computes does not depend on how it uses the machine, and bad input is refused by name.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed class EngineTests
{
    private static readonly GoldenBase Golden = GoldenBase.Instance;

    [Fact]
    public void Workers_and_micro_batches_do_not_change_a_bit()
    {
        var expected = Rows(new CpuEngineOptions { Workers = 1, MicroBatchTokensMax = 100_000 });
        foreach (var (workers, tokens, values) in new[] { (1, 1, 1), (2, 64, 1 << 24), (5, 40, 20_000) })
        {
            var rows = Rows(new CpuEngineOptions
            {
                Workers = workers,
                MicroBatchTokensMax = tokens,
                GradientValuesMax = values,
            });
            Assert.Equal(expected, rows);
        }
    }

    [Fact]
    public void Every_kernel_gives_the_same_gradients_within_rounding()
    {
        var config = EncoderConfig.Read(RepositoryFiles.Path("samples", "base", "config.json"));
        var expected = Rows(new CpuEngineOptions());
        foreach (var kernel in GemmKernel.Supported)
        {
            using var files = HuggingFaceWeights.Open(RepositoryFiles.Path("samples", "base"));
            using var engine = new CpuEngine(config, new FolderWeights(files, "base"), null, kernel);
            foreach (var (left, right) in expected.Zip(Rows(engine)))
            {
                var scale = left.Max(Math.Abs);
                Assert.All(left.Zip(right), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, 1e-4 * scale));
            }
        }
    }

    [Fact]
    public void A_sink_that_throws_ends_the_call_with_its_own_exception()
    {
        using var engine = GoldenBase.OpenEngine(new CpuEngineOptions { Workers = 2, MicroBatchTokensMax = 8 });
        engine.Load(Golden.Adapter, Golden.Trainables);
        var error = Assert.Throws<IOException>(() => engine.Gradients(
            Golden.Adapter.ToSingle(Golden.Trainables), Golden.Examples, new FailingSink(Golden.Trainables.Count)));
        Assert.Equal("full", error.Message);
    }

    [Fact]
    public void No_examples_are_no_rows()
    {
        using var engine = GoldenBase.OpenEngine();
        engine.Load(Golden.Adapter, Golden.Trainables);
        var rows = new RowCollector(Golden.Trainables.Count);
        engine.Gradients(Golden.Adapter.ToSingle(Golden.Trainables), [], rows);
        Assert.Empty(rows.Rows);
    }

    [Theory]
    [InlineData(new[] { 0, 8192, 2 }, 0, "token id 8192; the vocabulary has 8192")]
    [InlineData(new[] { 0, -1, 2 }, 0, "token id -1; the vocabulary has 8192")]
    [InlineData(new[] { 0, 2 }, 4, "label 4; the head has 4")]
    public void A_foreign_example_is_refused(int[] tokens, int label, string message)
    {
        using var engine = GoldenBase.OpenEngine();
        engine.Load(Golden.Adapter, new TensorLayout([]));
        var error = Assert.Throws<ArgumentException>(
            () => engine.Evaluate([], [new TokenizedExample(tokens, label)], new Prediction[1]));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void An_example_longer_than_the_positions_is_refused()
    {
        using var engine = GoldenBase.OpenEngine();
        engine.Load(Golden.Adapter, new TensorLayout([]));
        var error = Assert.Throws<ArgumentException>(
            () => engine.Evaluate([], [new TokenizedExample(new int[129], 0)], new Prediction[1]));
        Assert.Contains("129 tokens; the model takes 128", error.Message);
    }

    [Fact]
    public void An_adapter_for_another_model_is_refused()
    {
        using var engine = GoldenBase.OpenEngine();
        var shape = new LoraShape("roberta.encoder.layer.0.attention.self.query", 64, 64, 2, 2);
        var stranger = new LoraShape("model.layers.0.q_proj", 64, 64, 2, 2);
        foreach (var (bad, message) in new[]
            { (shape, "64 -> 64, the model has 192 -> 192"), (stranger, "no linear layer model.layers.0") })
        {
            var adapter = new Adapter([new LoraFactors(bad, new double[128], new double[128])], Golden.Adapter.Head);
            var error = Assert.Throws<ArgumentException>(() => engine.Load(adapter, new TensorLayout([])));
            Assert.Contains(message, error.Message);
        }

        var trainable = new TensorLayout([new TensorSpec("nobody", 1, 1)]);
        var refused = Assert.Throws<ArgumentException>(() => engine.Load(Golden.Adapter, trainable));
        Assert.Contains("nobody", refused.Message);
    }

    [Fact]
    public void Weights_that_do_not_fit_the_configuration_are_refused_by_name()
    {
        var config = EncoderConfig.Read(RepositoryFiles.Path("samples", "base", "config.json"));
        using var files = HuggingFaceWeights.Open(RepositoryFiles.Path("samples", "base"));
        var source = new FolderWeights(files, "base");
        var wider = Assert.Throws<WeightsException>(() => new CpuEngine(config with { FeedForwardSize = 512 }, source));
        Assert.Contains("intermediate.dense.bias", wider.Message);
        Assert.Contains("[512]", wider.Message);
        var larger = Assert.Throws<WeightsException>(() =>
            new CpuEngine(config with { VocabularySize = 1 << 24, HiddenSize = 65_536, HeadCount = 1 }, source));
        Assert.Contains("word_embeddings", larger.Message);
        var deeper = Assert.Throws<WeightsException>(() => new CpuEngine(config with { LayerCount = 5 }, source));
        Assert.Contains("lack the tensor roberta.encoder.layer.4", deeper.Message);
        Assert.Throws<InputFileException>(() => CpuEngine.Open(RepositoryFiles.Path("samples", "debian-topics")));
    }

    [Fact]
    public void A_disposed_engine_refuses_to_work()
    {
        var engine = GoldenBase.OpenEngine();
        engine.Load(Golden.WithoutLora, new TensorLayout([]));
        engine.Dispose();
        engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Load(Golden.WithoutLora, new TensorLayout([])));
        Assert.Throws<ObjectDisposedException>(() => engine.Evaluate([], [], []));
        Assert.Throws<ObjectDisposedException>(() => engine.Gradients([], [], new RowCollector(0)));
    }

    [Fact]
    public void An_engine_without_an_adapter_says_that_Load_comes_first()
    {
        using var engine = GoldenBase.OpenEngine();
        foreach (var call in (Action[])
            [() => engine.Gradients([], [], new RowCollector(5)), () => engine.Evaluate([], [], new Prediction[1])])
        {
            Assert.Contains("Load", Assert.Throws<InvalidOperationException>(call).Message);
        }
    }

    [Fact]
    public void A_load_that_fails_leaves_the_adapter_before_it()
    {
        using var engine = GoldenBase.OpenEngine();
        engine.Load(Golden.Adapter, Golden.Trainables);
        var nobody = new TensorLayout([new TensorSpec("nobody", 1, 1)]);
        Assert.Throws<ArgumentException>(() => engine.Load(Golden.WithoutLora, nobody));
        var rows = new RowCollector(Golden.Trainables.Count);
        engine.Gradients(Golden.Adapter.ToSingle(Golden.Trainables), Golden.Examples, rows);
        Assert.Equal(Rows(new CpuEngineOptions()), rows.Rows);
    }

    [Fact]
    public void A_head_tensor_that_the_model_would_not_use_is_refused()
    {
        using var engine = GoldenBase.OpenEngine();
        var extra = new NamedTensor(new TensorSpec("pooler.dense.bias", 1, 1), [0]);
        var adapter = new Adapter([], Golden.Adapter.Head.Add(extra));
        foreach (var trainables in (TensorLayout[])[new([]), new([extra.Spec])])
        {
            var error = Assert.Throws<ArgumentException>(() => engine.Load(adapter, trainables));
            Assert.Contains("pooler.dense.bias", error.Message);
        }
    }

    [Fact]
    public void A_configuration_made_in_code_must_be_sound()
    {
        var config = EncoderConfig.Read(RepositoryFiles.Path("samples", "base", "config.json"));
        foreach (var bad in (EncoderConfig[])
            [
                config with { PositionOffset = -1 }, config with { HeadCount = 5 }, config with { HeadCount = 0 },
                config with { PositionRows = 1 }, config with { TokenTypeCount = 0 },
            ])
        {
            var error = Assert.Throws<ArgumentException>(() => new CpuEngine(bad, new RandomWeights("roberta.")));
            Assert.Contains("contradict", error.Message);
        }
    }

    [Theory]
    [InlineData(float.NaN, true)]
    [InlineData(float.PositiveInfinity, true)]
    [InlineData(1e30f, false)]
    public void Parameters_out_of_all_bounds_crash_nothing(float value, bool isLost)
    {
        using var engine = GoldenBase.OpenEngine();
        var layout = new TensorLayout(Golden.Adapter.Layers.Select(l => l.Shape.B)
            .Concat(Golden.Adapter.Head.Select(h => h.Spec)));
        engine.Load(Golden.Adapter, layout);
        var parameters = Golden.Adapter.ToSingle(layout);
        var head = layout.IndexOf("classifier.out_proj.weight");
        layout.Slice(parameters.AsSpan(), head)[7] = value;
        var sum = new ClippedSumAccumulator(new ClipNorm(1), layout.Count);
        engine.Gradients(parameters, Golden.Examples, sum);
        Assert.Equal(Golden.Examples.Length, sum.Examples);
        Assert.Equal(isLost ? Golden.Examples.Length : 0, sum.NonFinite);

        var predictions = new Prediction[Golden.Examples.Length];
        engine.Evaluate(parameters, Golden.Examples, predictions);
        Assert.All(predictions, p => Assert.InRange(p.Label, 0, 3));
        Assert.All(predictions, p => Assert.True(isLost || float.IsFinite(p.Loss)));
    }

    private static List<float[]> Rows(CpuEngineOptions options)
    {
        using var engine = GoldenBase.OpenEngine(options);
        return Rows(engine);
    }

    private static List<float[]> Rows(CpuEngine engine)
    {
        engine.Load(Golden.Adapter, Golden.Trainables);
        var rows = new RowCollector(Golden.Trainables.Count);
        engine.Gradients(Golden.Adapter.ToSingle(Golden.Trainables), Golden.Examples, rows);
        return rows.Rows;
    }

    private sealed class FailingSink(int dimension) : IGradientSink
    {
        public int Dimension => dimension;

        public void AddRows(ReadOnlySpan<float> rows) => throw new IOException("full");
    }
}
