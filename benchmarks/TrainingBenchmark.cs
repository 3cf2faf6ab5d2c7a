using System.Diagnostics;
using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Benchmarks;

/// <summary>
/// The CPU engine against the machine: matrix products and a whole DP-SGD step (B of query and value, and the head's
/// output layer; clipping and noise included) as fractions of the peak that a probe reaches in the same run, and the
/// step against evaluation, which does only the forward half.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Labels = 18;
    private const int Batch = 64;

    private static readonly EncoderConfig Small =
        EncoderConfig.Read(RepositoryFiles.Path("samples", "base", "config.json"));

    private static readonly EncoderConfig BertBase = Small with
    {
        HiddenSize = 768,
        LayerCount = 12,
        HeadCount = 12,
        FeedForwardSize = 3072,
        PositionRows = 514,
    };

    public static object Run(Action<string> say) => new[]
    {
        Measure("sample base", Small, 48, say),
        Measure("sample base", Small, 128, say),
        Measure("bert-base", BertBase, 128, say),
    };

    private static Figures Measure(string model, EncoderConfig config, int length, Action<string> say)
    {
        using var engine = new CpuEngine(config, new RandomWeights("roberta."));
        var adapter = Start(engine);
        var layout = new FedSvd().Trainables(adapter, 0);
        engine.Load(adapter, layout);
        var parameters = adapter.ToSingle(layout);
        var random = new Random(1);
        var examples = Enumerable.Range(0, Batch).Select(i => new TokenizedExample(
            [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabularySize))], i % Labels)).ToArray();
        var predictions = new Prediction[Batch];
        var noise = new CryptographicRandomSource();
        var threads = Environment.ProcessorCount;
        using var product = new ProductWork(config);

        var rates = Rates.PerSecond(
            () => PeakProbe.Run(threads),
            () => PeakProbe.Run(1),
            product.Run,
            () => engine.Evaluate(parameters, examples, predictions),
            () =>
            {
                var sum = new ClippedSumAccumulator(new ClipNorm(1), layout.Count);
                engine.Gradients(parameters, examples, sum);
                _ = sum.Take().AddNoise(new NoiseMultiplier(1), noise);
            });
        var (peak, peakOfOne) = (rates[0] * PeakProbe.Operations(threads), rates[1] * PeakProbe.Operations(1));
        var figures = new Figures
        {
            Model = model,
            Length = length,
            Kernel = engine.KernelName,
            PeakGflops = peak / 1e9,
            GemmPeakFraction = rates[2] * product.Operations / peakOfOne,
            StepPeakFraction = rates[4] * Batch * StepOperations(config, length) / peak,
            StepVsEvaluation = rates[4] / rates[3],
            StepExamplesPerSecond = rates[4] * Batch,
            PeakMemoryMib = Process.GetCurrentProcess().PeakWorkingSet64 / (double)(1 << 20),
        };
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"{model}, {length} tokens, {engine.KernelName}: {figures.StepExamplesPerSecond:f0} examples/s in a DP-SGD "
            + $"step, {figures.StepVsEvaluation:p0} of evaluation; of the peak of {peak / 1e9:f0} GFLOP/s the step "
            + $"reaches {figures.StepPeakFraction:p0}, products on one core {figures.GemmPeakFraction:p0} of its own"));
        return figures;
    }

    private static Adapter Start(CpuEngine engine)
    {
        var modules = LoraTargets.Resolve(engine.Modules, ["query", "value"]);
        return new Adapter(
            modules.Select(m => AdapterStart.Layer(
                new LoraShape(m.Name, m.InputWidth, m.OutputWidth, 8, 16), FactorStart.Orthonormal, 1)),
            HeadTensors.For(engine.Config, Labels).Select(
                s => AdapterStart.Zeros(s, s.Name.Contains("out_proj", StringComparison.Ordinal))));
    }

    /// <summary>
    /// Operations that one example's step cannot do without: the frozen products and attention, forward and back. The
    /// last layer asks for one row; the lowest needs no gradient of its input.
    /// </summary>
    private static double StepOperations(EncoderConfig config, int tokens)
    {
        var (d, f) = ((double)config.HiddenSize, (double)config.FeedForwardSize);
        var total = 0.0;
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var queries = layer == config.LayerCount - 1 ? 1 : tokens;
            var projections = 2 * d * d * (queries + (2.0 * tokens));
            var rest = 2 * queries * ((d * d) + (2 * d * f));
            var attention = 4.0 * queries * tokens * d;
            total += projections + rest + attention;
            total += rest + (2 * attention) + (layer > 0 ? projections : 0);
        }

        return total;
    }

    /// <summary>The forward products of one layer at the model's widths, on one core.</summary>
    private sealed unsafe class ProductWork : IDisposable
    {
        private const int Rows = 512;

        private readonly (AlignedBuffer Input, PackedMatrix Weights, AlignedBuffer Output)[] products;

        public ProductWork(EncoderConfig config)
        {
            var (d, f) = (config.HiddenSize, config.FeedForwardSize);
            products = [.. new[] { (d, d), (d, d), (d, d), (d, d), (d, f), (f, d) }.Select(Create)];
            Operations = products.Sum(p => 2.0 * Rows * p.Weights.Rows * p.Weights.Columns);
        }

        public double Operations { get; }

        public void Run()
        {
            foreach (var (input, weights, output) in products)
            {
                GemmKernel.Best.Multiply(
                    new MatrixRef(input.Pointer, weights.Rows), Rows, weights,
                    new MatrixRef(output.Pointer, weights.Columns));
            }
        }

        public void Dispose()
        {
            foreach (var (input, weights, output) in products)
            {
                input.Dispose();
                weights.Dispose();
                output.Dispose();
            }
        }

        private static (AlignedBuffer Input, PackedMatrix Weights, AlignedBuffer Output) Create(
            (int In, int Out) widths)
        {
            using var source = new AlignedBuffer((long)widths.In * widths.Out);
            var packed = new PackedMatrix(GemmKernel.Best).Pack(source.Pointer, widths.Out, widths.In, widths.Out);
            return (new AlignedBuffer((long)Rows * widths.In), packed, new AlignedBuffer((long)Rows * widths.Out));
        }
    }

    private sealed record Figures
    {
        public required string Model { get; init; }

        public required int Length { get; init; }

        public required string Kernel { get; init; }

        public required double PeakGflops { get; init; }

        public required double GemmPeakFraction { get; init; }

        public required double StepPeakFraction { get; init; }

        public required double StepVsEvaluation { get; init; }

        public required double StepExamplesPerSecond { get; init; }

        public required double PeakMemoryMib { get; init; }
    }
}
