using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>
/// A data set of the study: whole, or for the choice of rates only its training texts, of which a tenth is held out.
/// </summary>
internal sealed class StudySet
{
    private const string Held = "held";
    private const double Delta = 1e-5;

    private readonly SimulationConfig config;
    private readonly SimulationConfig tuningConfig;
    private readonly SimulationData data;
    private readonly SimulationData tuningData;

    public StudySet(string name, ITokenizer tokenizer)
    {
        config = SimulationConfigFile.Read(RepositoryFiles.Path("benchmarks", "Methods", "sets", name + ".json"));
        tuningConfig = config with { Data = config.Data with { Path = WriteTuningTable(name), TestSplit = Held } };
        data = SimulationData.Load(config.Data, tokenizer);
        tuningData = SimulationData.Load(tuningConfig.Data, tokenizer);
    }

    /// <summary>The configuration of a case, and its texts.</summary>
    public (SimulationConfig Config, SimulationData Data) Of(StudyCase which)
    {
        var (chosen, texts) = which.IsTuning ? (tuningConfig, tuningData) : (config, data);
        var isPrivate = double.IsFinite(which.Epsilon);
        var schedule = StudySchedule.Of(isPrivate, which.Optimizer);
        return (chosen with
        {
            Agents = Declared(chosen.Agents, texts.TrainRows, which.Seed),
            Method = new MethodConfig(
                which.Variant.Method, Period: 1, which.Variant.Start,
                which.Variant.Start == FactorStart.Calibrated ? PublicText : null),
            Lora = chosen.Lora with
            {
                Rank = which.Variant.Rank,
                Alpha = which.Variant.Trained == Trained.Head ? 1e-9 : which.Variant.Rank,
                Head = which.Variant.Trained == Trained.Factors ? HeadTraining.None : HeadTraining.Output,
            },
            Rounds = schedule.Rounds,
            Training = chosen.Training with
            {
                Optimizer = which.Optimizer,
                Momentum = which.Optimizer == OptimizerRule.Adam ? 0.9 : 0,
                LearningRate = which.Rate,
                FinalLearningRate = StudySchedule.FinalRateShare * which.Rate,
                LocalSteps = schedule.LocalSteps,
                SamplingRate = schedule.SamplingRate,
                GradientNormMax = isPrivate ? double.PositiveInfinity : 1,
            },
            Privacy = isPrivate ? new PrivacyConfig(which.Epsilon, Delta, Clip: 1) : null,
            Seed = which.Seed,
        }, texts);
    }

    /// <summary>Public texts that are of none of the data sets: speeches.</summary>
    private static PublicTextConfig PublicText { get; } = new()
    {
        Path = RepositoryFiles.Path("samples", "speeches", "speeches.tsv.gz"),
        TextColumn = "text",
        SplitColumn = null,
        Split = null,
        ExamplesMax = 1000,
    };

    /// <summary>
    /// Agents of a Dirichlet split differ in size with the seed; each declares its size, rounded to ten.
    /// </summary>
    private static AgentsConfig Declared(AgentsConfig agents, IReadOnlyList<TextRow> rows, int seed)
    {
        if (agents.Split != AgentSplit.Dirichlet)
        {
            return agents;
        }

        var shards = ClientSplits.Dirichlet(rows, agents.Count, agents.Alpha, rowsMin: 1, seed);
        return agents with
        {
            NominalExamplesByAgent = shards.ToImmutableDictionary(
                s => s.Name, s => Math.Max(10, 10 * (int)Math.Round(s.Rows.Count / 10.0)), StringComparer.Ordinal),
        };
    }

    /// <summary>The training texts alone, those whose id has a hash of remainder 3 modulo 10 as a split to
    /// measure.</summary>
    private string WriteTuningTable(string name)
    {
        var folder = Directory.CreateDirectory(RepositoryFiles.Path("out", "study"));
        var path = Path.Combine(folder.FullName, name + ".tsv");
        var columns = new TextColumns { Id = "id", Text = "text", Label = "label", Split = "split", Client = "client" };
        var rows = TextTable.Read(config.Data.Path, columns).OfSplit(config.Data.TrainSplit);
        File.WriteAllLines(path, rows.Select(Line).Prepend("id\tsplit\tlabel\tclient\ttext"));
        return path;

        static string Line(TextRow row)
        {
            var isHeld = SHA256.HashData(Encoding.UTF8.GetBytes(row.Id))[0] % 10 == 3;
            return string.Join('\t', row.Id, isHeld ? Held : row.Split, row.Label, row.Client, row.Text);
        }
    }
}
