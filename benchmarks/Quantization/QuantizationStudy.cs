using System.Collections.Immutable;
using System.Globalization;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Engine;

namespace FedLowRank.Benchmarks.Quantization;

/// <summary>
/// What quantising the sample base costs in accuracy, and what a start that makes up for it brings: the linear layers'
/// outputs, the answers of an adapter that was learnt on full weights, and whole federated runs on the sample data with
/// and without privacy, each from several seeds. Prints the tables of docs/quantization.md.
/// </summary>
internal static class QuantizationStudy
{
    /// <summary>Every linear layer of the base: what is not adapted is not corrected.</summary>
    public static readonly ImmutableArray<string> AllLayers =
        ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"];

    private const int PublicTexts = 1000;

    /// <summary>A start along the inputs' largest directions makes a high rate unstable.</summary>
    private const double LowRate = 0.3;

    private static readonly WeightFormat[] Formats = Enum.GetValues<WeightFormat>();

    public static object Run(Action<string> say)
    {
        var models = Formats.ToDictionary(format => format, Open);
        try
        {
            BaseErrors.Say(models, Config("federated.json"), PublicText, say);
            return new[]
            {
                RunArms("federated.json", seeds: 5, [1], say),
                RunArms("federated-private.json", seeds: 3, [1, LowRate], say),
            };
        }
        finally
        {
            foreach (var model in models.Values)
            {
                model.Dispose();
            }
        }
    }

    /// <summary>A base with its layers in a format, for one thread: seeds run side by side.</summary>
    public static LoadedModel Open(WeightFormat format) => LoadedModel.Open(
        RepositoryFiles.Path("samples", "base"), new CpuEngineOptions { Workers = 1, Format = format });

    private static PublicTextConfig PublicText => new()
    {
        Path = RepositoryFiles.Path("samples", "speeches", "speeches.tsv.gz"),
        TextColumn = "text",
        SplitColumn = null,
        Split = null,
        ExamplesMax = PublicTexts,
    };

    private static SimulationConfig Config(string file) =>
        SimulationConfigFile.Read(RepositoryFiles.Path("samples", "debian-topics", file));

    private static object RunArms(string file, int seeds, double[] rates, Action<string> say)
    {
        (WeightFormat Format, FactorStart Start)[] arms =
        [
            (WeightFormat.Full, FactorStart.Orthonormal),
            (WeightFormat.EightBit, FactorStart.Orthonormal), (WeightFormat.EightBit, FactorStart.Cloq),
            (WeightFormat.FourBit, FactorStart.Orthonormal), (WeightFormat.FourBit, FactorStart.Cloq),
        ];
        var isPrivate = Config(file).Privacy is not null;
        say($"{(isPrivate ? "private" : "not private")}, {seeds} seeds, test accuracy in %");
        say("| learning rate | base | start | accuracy | over full |");
        say("| ---: | --- | --- | ---: | ---: |");
        var results = new List<object>();
        foreach (var rate in rates)
        {
            double[] full = [];
            foreach (var arm in arms)
            {
                var accuracies = RunSeeds(file, seeds, arm.Format, arm.Start, rate);
                if (arm.Format == WeightFormat.Full) full = accuracies;
                results.Add(new
                {
                    Rate = rate,
                    Base = ConfigObject.InJson(arm.Format),
                    Start = ConfigObject.InJson(arm.Start),
                    Accuracies = accuracies,
                });
                var own = Methods.Interval.Of(accuracies);
                var over = Methods.Interval.Of([.. accuracies.Zip(full, (a, f) => a - f)]);
                say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {rate} | {ConfigObject.InJson(arm.Format)} | {ConfigObject.InJson(arm.Start)} | " +
                    $"{own.Mean:f1} ± {own.Half:f1} | {(arm.Format == WeightFormat.Full ? "" : Signed(over))} |"));
            }
        }

        return new { File = file, Results = results };
    }

    private static string Signed(Methods.Interval points) => string.Create(
        CultureInfo.InvariantCulture, $"{Math.Round(points.Mean, 1):+0.0;-0.0;0.0} ± {points.Half:f1}");

    /// <summary>Accuracies in percent, by seed.</summary>
    private static double[] RunSeeds(string file, int seeds, WeightFormat format, FactorStart start, double rate)
    {
        var results = new double[seeds];
        Parallel.For(
            0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            seed => results[seed] = 100 * RunOne(file, format, start, rate, seed + 1));
        return results;
    }

    private static double RunOne(string file, WeightFormat format, FactorStart start, double rate, int seed)
    {
        var read = Config(file);
        var config = read with
        {
            Seed = seed,
            BaseFormat = format,
            Lora = read.Lora with { Targets = AllLayers },
            Method = read.Method with { Start = start, PublicText = start == FactorStart.Cloq ? PublicText : null },
            Training = read.Training with
            {
                LearningRate = rate * read.Training.LearningRate,
                FinalLearningRate = rate * read.Training.FinalLearningRate,
            },
            Evaluation = read.Evaluation with { EveryRounds = read.Rounds },
        };
        using var full = Open(WeightFormat.Full);
        using var quantized = format == WeightFormat.Full ? null : Open(format);
        var data = SimulationData.Load(config.Data, full.Tokenizer);
        var random = new SeededRandomSource((ulong)seed);
        var simulator = quantized is null
            ? new Simulator(full, random, TimeProvider.System)
            : new Simulator(quantized, random, TimeProvider.System, full);
        return simulator.Run(config, data, new Silence(), CancellationToken.None).Final.Accuracy!.Value;
    }
}
