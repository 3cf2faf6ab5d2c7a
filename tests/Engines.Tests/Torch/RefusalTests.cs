// Goal: bad input is refused in the words of the CPU engine, and leaves the engine as it was.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tests.Engine;
using FedLowRank.Training.Torch;

namespace FedLowRank.Engines.Tests.Torch;

public sealed class RefusalTests
{
    private static readonly GoldenBase Golden = GoldenBase.Instance;

    [Theory]
    [InlineData(new[] { 0, 8192, 2 }, 0)]
    [InlineData(new[] { 0, -1, 2 }, 0)]
    [InlineData(new[] { 0, 2 }, 4)]
    [InlineData(new[] { 0, 2 }, null)]
    public void A_foreign_example_is_refused(int[] tokens, int? label)
    {
        var example = label is { } l ? new TokenizedExample(tokens, l) : new TokenizedExample(tokens);
        SameRefusal(engine =>
        {
            engine.Load(Golden.Adapter, new TensorLayout([]));
            engine.Evaluate([], [example], new Prediction[1]);
        });
        SameRefusal(engine =>
        {
            engine.Load(Golden.Adapter, Golden.Trainables);
            var parameters = Golden.Adapter.ToSingle(Golden.Trainables);
            engine.Gradients(parameters, [example], new RowCollector(parameters.Length));
        });
    }

    [Fact]
    public void What_does_not_fit_the_round_is_refused()
    {
        var longest = new TokenizedExample(new int[129], 0);
        var layout = Golden.Trainables;
        SameRefusal(e => Loaded(e).Evaluate(new float[layout.Count], [longest], new Prediction[1]));
        SameRefusal(e => Loaded(e).Evaluate(new float[1], Golden.Examples, new Prediction[Golden.Examples.Length]));
        SameRefusal(e => Loaded(e).Evaluate(new float[layout.Count], Golden.Examples, new Prediction[1]));
        SameRefusal(e => Loaded(e).Gradients(new float[layout.Count], Golden.Examples, new RowCollector(1)));

        static ITrainingEngine Loaded(ITrainingEngine engine)
        {
            engine.Load(Golden.Adapter, Golden.Trainables);
            return engine;
        }
    }

    [Fact]
    public void An_adapter_that_does_not_fit_is_refused_and_the_one_before_stays()
    {
        var narrow = new LoraShape("roberta.encoder.layer.0.attention.self.query", 64, 64, 2, 2);
        var stranger = new LoraShape("model.layers.0.q_proj", 64, 64, 2, 2);
        foreach (var shape in new[] { narrow, stranger })
        {
            var adapter = new Adapter([new LoraFactors(shape, new double[128], new double[128])], Golden.Adapter.Head);
            SameRefusal(e => e.Load(adapter, new TensorLayout([])));
        }

        var factor = Golden.Adapter.Layers[0].Shape.B;
        SameRefusal(e => e.Load(new Adapter(Golden.Adapter.Layers, []), new TensorLayout([])));
        SameRefusal(e => e.Load(Golden.Adapter, new TensorLayout([new TensorSpec("nobody", 1, 1)])));
        SameRefusal(e => e.Load(Golden.Adapter, new TensorLayout([new TensorSpec(factor.Name, 1, factor.Rows)])));

        using var engine = Open();
        engine.Load(Golden.Adapter, Golden.Trainables);
        var parameters = Golden.Adapter.ToSingle(Golden.Trainables);
        var expected = EnginePair.Rows(engine, Golden.Trainables, parameters, Golden.Examples);
        Assert.Throws<ArgumentException>(() => engine.Load(
            Golden.Adapter, new TensorLayout([factor, new TensorSpec("nobody", 1, 1)])));
        Assert.Equal(expected, EnginePair.Rows(engine, Golden.Trainables, parameters, Golden.Examples));
    }

    [Fact]
    public void A_head_of_another_task_is_refused()
    {
        var config = TinyDecoder.Config("llama") with { IsTied = false };
        using var pair = new EnginePair(config, "model.");
        foreach (var head in new TensorSpec[][] { [], [new("classifier.weight", 3, 20)], [new("score.weight", 3, 21)] })
        {
            var adapter = new Adapter([], head.Select(s => new NamedTensor(s, new double[s.Count])));
            var expected = Assert.Throws<ArgumentException>(() => pair.Cpu.Load(adapter, new TensorLayout([])));
            var actual = Assert.Throws<ArgumentException>(() => pair.Torch.Load(adapter, new TensorLayout([])));
            Assert.Equal(expected.Message, actual.Message);
        }
    }

    [Fact]
    public void Weights_and_options_that_do_not_fit_are_refused()
    {
        var config = EncoderConfig.Read(RepositoryFiles.Path("samples", "base", "config.json"));
        using var files = HuggingFaceWeights.Open(RepositoryFiles.Path("samples", "base"));
        var source = new FolderWeights(files, "base");
        var options = new TorchEngineOptions();
        Assert.Throws<ArgumentException>(() => new TorchEngine(config with { HeadCount = 5 }, source, options));
        var deeper = Assert.Throws<WeightsException>(
            () => new TorchEngine(config with { LayerCount = 5 }, source, options));
        Assert.Contains("lack the tensor roberta.encoder.layer.4", deeper.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Open(new TorchEngineOptions { Threads = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Open(new TorchEngineOptions { MemoryBytesMax = 0 }));
        Assert.Throws<EngineException>(() => Open(new TorchEngineOptions { Device = "tpu" }));
    }

    [Fact]
    public void Load_comes_first_and_nothing_after_the_end()
    {
        var engine = Open();
        Assert.Throws<InvalidOperationException>(() => engine.Evaluate([], [], []));
        engine.Load(Golden.WithoutLora, new TensorLayout([]));
        engine.Evaluate([], [], []);
        engine.Gradients([], Golden.Examples, new RowCollector(0));
        engine.Dispose();
        engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Load(Golden.WithoutLora, new TensorLayout([])));
        Assert.Throws<ObjectDisposedException>(() => engine.Evaluate([], [], []));
        Assert.Throws<ObjectDisposedException>(() => engine.Gradients([], [], new RowCollector(0)));
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Absurd_parameters_are_dropped_by_the_rule_and_harm_nobody(float value)
    {
        using var engine = Open();
        engine.Load(Golden.Adapter, Golden.Trainables);
        var parameters = Golden.Adapter.ToSingle(Golden.Trainables);
        parameters[0] = value;
        var sink = new SumCollector(1, parameters.Length);
        engine.Gradients(parameters, Golden.Examples, sink);
        Assert.Equal(Golden.Examples.Length, sink.Counts.Examples);
        Assert.All(sink.Sum, v => Assert.True(double.IsFinite(v)));
        engine.Evaluate(parameters, Golden.Examples, new Prediction[Golden.Examples.Length]);
    }

    private static void SameRefusal(Action<ITrainingEngine> action)
    {
        using ITrainingEngine cpu = GoldenBase.OpenEngine(new CpuEngineOptions { Workers = 1 });
        using ITrainingEngine torch = Open();
        var expected = Assert.ThrowsAny<ArgumentException>(() => action(cpu));
        var actual = Assert.ThrowsAny<ArgumentException>(() => action(torch));
        Assert.Equal((expected.GetType(), expected.Message), (actual.GetType(), actual.Message));
    }

    private static TorchEngine Open(TorchEngineOptions? options = null) =>
        TorchEngine.Open(RepositoryFiles.Path("samples", "base"), options);
}
