using System.Collections.Immutable;
using System.Text;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Cli.Tests.Simulation;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Tests.Reports;

/// <summary>Made-up results that look like a run's.</summary>
internal static class SampleResults
{
    public static SimulationResult Arm(
        string name, bool isPrivate = true, int rounds = 12, int agents = 5, double reach = 0.5,
        TaskKind task = TaskKind.Classification)
    {
        var names = Enumerable.Range(0, agents).Select(i => $"{AgentNames[i % AgentNames.Length]} {i}").ToArray();
        return new()
        {
            Name = name,
            Task = task,
            Method = "fedsvd",
            Start = FactorStart.Orthonormal,
            IsPrivate = isPrivate,
            Delta = isPrivate ? 1e-5 : 0,
            UpValuesPerRound = 18_432,
            DownValuesPerRound = 36_864,
            MajorityAccuracy = task == TaskKind.Classification ? 0.13 : null,
            UnigramPerplexity = task == TaskKind.NextToken ? 88.5 : null,
            Untrained = Quality(task, new(0.071, 0.02, 2.83)),
            Final = Quality(task, At(rounds, rounds, reach)),
            Agents = [.. names.Select((agent, index) => Agent(agent, index, isPrivate, rounds))],
            Rounds =
            [
                .. Enumerable.Range(1, rounds).Select(round => Round(
                    round,
                    names,
                    rounds > 2 && round % 3 == 1 && round > 1 ? null : Quality(task, At(round, rounds, reach)),
                    isPrivate ? 5.98 * Math.Sqrt((double)round / rounds) : double.PositiveInfinity)),
            ],
            Configuration = SimulationConfigFile.Parse(
                Encoding.UTF8.GetBytes(TinyWorld.Json()), "tiny.json", Path.GetTempPath()),
            Seconds = 83.4,
            ExamplesTrained = 9_984,
        };
    }

    private static readonly string[] AgentNames = ["science", "perl", "javascript & node", "games", "python"];

    private static Quality At(int round, int rounds, double reach)
    {
        var share = 1 - Math.Exp(-3.0 * round / rounds) + 0.012 * Math.Sin(2.3 * round);
        return new(0.07 + (reach - 0.07) * share, 0.05 + (reach - 0.1) * share, 2.83 - 2.4 * reach * share);
    }

    private static AgentResult Agent(string name, int index, bool isPrivate, int rounds) => new()
    {
        Name = name,
        Examples = 320 + 97 * index,
        NominalExamples = 300 + 100 * index,
        Rounds = rounds - index % 3,
        NoiseMultiplier = isPrivate ? 0.83 + 0.021 * index : 0,
        Epsilon = isPrivate ? 5.98 - 0.31 * (index % 7) : double.PositiveInfinity,
    };

    private static TestQuality Quality(TaskKind task, Quality quality) => task == TaskKind.NextToken
        ? TestQuality.Of(new TokenQuality(quality.Loss, 1000))
        : TestQuality.Of(quality);

    private static RoundResult Round(int round, string[] agents, TestQuality? quality, double epsilonMax) => new()
    {
        Round = round,
        Cohort = [.. agents],
        Quality = quality,
        EpsilonMax = epsilonMax,
        SaturatedValues = round % 4,
        Spectra = [.. Modules.Select((module, layer) => new LayerSpectrum(module, Spectrum(round, layer)))],
        Seconds = 1.7,
    };

    private static ImmutableArray<double> Spectrum(int round, int layer)
    {
        var largest = 0.4 * Math.Log(1 + round) * (1 + 0.2 * layer);
        return [.. Enumerable.Range(0, 8).Select(index => largest * Math.Exp(-0.45 * index))];
    }

    private static readonly string[] Modules =
    [
        "roberta.encoder.layer.0.attention.self.query", "roberta.encoder.layer.0.attention.self.value",
        "roberta.encoder.layer.1.attention.self.query", "roberta.encoder.layer.1.attention.self.value",
        "roberta.encoder.layer.2.attention.self.query", "roberta.encoder.layer.2.attention.self.value",
    ];
}
