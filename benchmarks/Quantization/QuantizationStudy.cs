using System.Collections.Immutable;
using System.Globalization;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Federation.Configuration;
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

    private static readonly WeightFormat[] Formats = Enum.GetValues<WeightFormat>();

    public static object Run(Action<string> say)
    {
        var models = Formats.ToDictionary(format => format, Open);
        try
        {
            BaseErrors.Say(models, Config("federated.json"), PublicText, say);
            return new[] { RunArms("federated.json", seeds: 5, say), RunArms("federated-private.json", seeds: 3, say) };
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

    private static object RunArms(string file, int seeds, Action<string> say)
    {
        (WeightFormat Format, FactorStart Start)[] arms =
        [
            (WeightFormat.Full, FactorStart.Orthonormal),
            (WeightFormat.EightBit, FactorStart.Orthonormal), (WeightFormat.EightBit, FactorStart.Cloq),
            (WeightFormat.FourBit, FactorStart.Orthonormal), (WeightFormat.FourBit, FactorStart.Cloq),
        ];
        var isPrivate = Config(file).Privacy is not null;
        say($"{(isPrivate ? "private" : "not private")}, {seeds} seeds, test accuracy in %");
        say("| base | start | untrained loss | accuracy | over full |");
        say("| --- | --- | ---: | ---: | ---: |");
        var results = new List<SeedResult[]>();
        foreach (var arm in arms)
        {
            var accuracies = RunSeeds(file, seeds, arm.Format, arm.Start);
            results.Add(accuracies);
            var own = Methods.Interval.Of([.. accuracies.Select(r => 100 * r.Accuracy)]);
            var over = Methods.Interval.Of(
                [.. accuracies.Zip(results[0], (a, full) => 100 * (a.Accuracy - full.Accuracy))]);
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"| {ConfigObject.InJson(arm.Format)} | {ConfigObject.InJson(arm.Start)} | " +
                $"{accuracies.Average(r => r.UntrainedLoss):f4} | {own.Mean:f1} ± {own.Half:f1} | " +
                $"{(arm.Format == WeightFormat.Full ? "" : Signed(over))} |"));
        }

        return new { File = file, Accuracies = results };
    }

    private static string Signed(Methods.Interval points) => string.Create(
        CultureInfo.InvariantCulture, $"{Math.Round(points.Mean, 1):+0.0;-0.0;0.0} ± {points.Half:f1}");

    private static SeedResult[] RunSeeds(string file, int seeds, WeightFormat format, FactorStart start)
    {
        var results = new SeedResult[seeds];
        Parallel.For(
            0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            seed => results[seed] = RunOne(file, format, start, seed + 1));
        return results;
    }

    private static SeedResult RunOne(string file, WeightFormat format, FactorStart start, int seed)
    {
        var read = Config(file);
        var config = read with
        {
            Seed = seed,
            BaseFormat = format,
            Lora = read.Lora with { Targets = AllLayers },
            Method = read.Method with { Start = start, PublicText = start == FactorStart.Cloq ? PublicText : null },
            Evaluation = read.Evaluation with { EveryRounds = read.Rounds },
        };
        using var full = Open(WeightFormat.Full);
        using var quantized = format == WeightFormat.Full ? null : Open(format);
        var data = SimulationData.Load(config.Data, full.Tokenizer);
        var random = new SeededRandomSource((ulong)seed);
        var simulator = quantized is null
            ? new Simulator(full, random, TimeProvider.System)
            : new Simulator(quantized, random, TimeProvider.System, full);
        var result = simulator.Run(config, data, new Silence(), CancellationToken.None);
        return new SeedResult(result.Final.Accuracy!.Value, result.Untrained.Loss);
    }

    private sealed record SeedResult(double Accuracy, double UntrainedLoss);
}
