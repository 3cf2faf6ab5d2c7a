using System.Collections.Immutable;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Training.Data;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>The fields of a simulation's configuration, with their limits and defaults.</summary>
/// <param name="source">What messages call it.</param>
/// <param name="folder">What relative paths are relative to.</param>
internal sealed class SimulationConfigReader(string source, string folder)
{
    private const int AgentsMax = 10_000;
    private static readonly NumberRange Probability = NumberRange.Above(0, 1);
    private static readonly NumberRange Rate = NumberRange.Above(0, 1000);
    private static readonly NumberRange Decay = NumberRange.Below(0, 1);

    public SimulationConfig Read(ConfigObject root)
    {
        var task = root.Choice<SimulationTask>("task", SimulationTask.Classification);
        var config = new SimulationConfig
        {
            Source = source,
            Name = root.Text("name"),
            ModelFolder = FullPath(root.Text("model")),
            Data = ReadData(root.Object("data"), task),
            Agents = ReadAgents(root.Object("agents")),
            CohortSize = ReadCohortSize(root.OptionalObject("cohort")),
            Method = ReadMethod(root.Object("method")),
            Lora = ReadLora(root.Object("lora"), task),
            Rounds = root.Integer("rounds", 1, 100_000),
            Training = ReadTraining(root.Object("training")),
            Privacy = ReadPrivacy(root.OptionalObject("privacy")),
            Weights = root.Choice<WeightKind>("weights", WeightKind.Equal),
            Seed = root.Integer("seed", 0, int.MaxValue),
            Evaluation = ReadEvaluation(root.OptionalObject("evaluation")),
            OutputFolder = FullPath(root.Text("output")),
        };
        root.RefuseUnknown();
        CheckTogether(config, root);
        return config;
    }

    private DataConfig ReadData(ConfigObject data, SimulationTask task)
    {
        var config = new DataConfig
        {
            Task = task,
            Path = FullPath(data.Text("path")),
            TextColumn = data.Text("textColumn", "text"),
            LabelColumn = task == SimulationTask.Classification
                ? data.Text("labelColumn", "label")
                : data.OptionalText("labelColumn"),
            Labels = ReadLabels(data, task),
            SplitColumn = data.Text("splitColumn", "split"),
            TrainSplit = data.Text("trainSplit", "train"),
            TestSplit = data.Text("testSplit", "test"),
            ClientColumn = data.OptionalText("clientColumn"),
            IdColumn = data.OptionalText("idColumn"),
            TokensMax = data.Integer("tokensMax", 3, 1 << 20),
        };
        data.RefuseUnknown();
        return config;
    }

    private static LabelSet? ReadLabels(ConfigObject data, SimulationTask task)
    {
        const string Field = "labels";
        if (!data.Has(Field))
        {
            return null;
        }

        if (task == SimulationTask.NextToken)
        {
            data.Fail(Field, "is given with task nextToken, which has none");
            return null;
        }

        var names = data.Texts(Field);
        var labels = new LabelSet(names);
        if (labels.Count < names.Length)
        {
            var twice = names.CountBy(name => name).First(name => name.Value > 1).Key;
            data.Fail(Field, $"names \"{twice}\" more than once");
        }

        return labels;
    }

    private AgentsConfig ReadAgents(ConfigObject agents)
    {
        var split = agents.Choice<AgentSplit>("split");
        var parts = agents.OptionalObject("splitClient");
        var (nominal, byAgent) = ReadNominal(agents);
        var config = new AgentsConfig
        {
            Split = split,
            Count = split == AgentSplit.Natural ? 0 : agents.Integer("count", 1, AgentsMax),
            Alpha = split == AgentSplit.Dirichlet ? agents.Number("alpha", NumberRange.Between(0.01, 1e6)) : 0,
            GroupsFile = agents.OptionalText("groupsFile") is { } file ? FullPath(file) : null,
            SplitClient = parts is null
                ? null
                : new ClientParts(parts.Text("name"), parts.Integer("parts", 2, AgentsMax)),
            NominalExamples = nominal,
            NominalExamplesByAgent = byAgent,
        };
        parts?.RefuseUnknown();
        RefuseUnless(split != AgentSplit.Natural, "count", "the size of a natural split comes from the data");
        RefuseUnless(split == AgentSplit.Dirichlet, "alpha", "it belongs to a Dirichlet split");
        RefuseUnless(split == AgentSplit.Natural, "groupsFile", "it belongs to a natural split");
        RefuseUnless(split == AgentSplit.Natural, "splitClient", "it belongs to a natural split");
        agents.RefuseUnknown();
        return config;

        void RefuseUnless(bool isWanted, string field, string why)
        {
            if (agents.Has(field) && !isWanted)
            {
                agents.Fail(field, $"is given with split {split}; {why}");
            }
        }
    }

    /// <summary>One number for all, or <c>{ "default": n, "byAgent": { "NAME": n } }</c>.</summary>
    private static (int? All, ImmutableDictionary<string, int> ByAgent) ReadNominal(ConfigObject agents)
    {
        const string Field = "nominalExamples";
        const int NominalMax = ExactSum.WeightMax;
        var byAgent = ImmutableDictionary<string, int>.Empty;
        if (!agents.Has(Field))
        {
            return (null, byAgent);
        }

        if (!agents.IsObject(Field))
        {
            return (agents.Integer(Field, 1, NominalMax), byAgent);
        }

        var nominal = agents.Object(Field);
        var all = nominal.Integer("default", 1, NominalMax);
        if (nominal.OptionalObject("byAgent") is { } members)
        {
            byAgent = members.Names.ToImmutableDictionary(
                name => name, name => members.Integer(name, 1, NominalMax), StringComparer.Ordinal);
        }

        nominal.RefuseUnknown();
        return (all, byAgent);
    }

    private static int? ReadCohortSize(ConfigObject? cohort)
    {
        var size = cohort?.Integer("size", 1, AgentsMax);
        cohort?.RefuseUnknown();
        return size;
    }

    private MethodConfig ReadMethod(ConfigObject method)
    {
        var config = new MethodConfig(
            method.OneOf("name", FederatedMethods.Names),
            method.Integer("period", 1, 100_000, 1),
            method.Choice<FactorStart>("start", FactorStart.Principal),
            ReadPublicText(method.OptionalObject("publicText")));
        if (config.Start == FactorStart.Calibrated != config.PublicText is not null)
        {
            method.Fail("publicText", config.PublicText is null
                ? "is missing; a calibrated start needs it"
                : "is given without start calibrated, which alone uses it");
        }

        if (config is { Name: FfaLora.OrthonormalName or FedSb.MethodName, Start: FactorStart.Kaiming })
        {
            method.Fail("start", $"is kaiming; {config.Name} needs a start with orthonormal rows");
        }

        method.RefuseUnknown();
        return config;
    }

    private PublicTextConfig? ReadPublicText(ConfigObject? text)
    {
        if (text is null)
        {
            return null;
        }

        var split = text.OptionalText("split");
        var config = new PublicTextConfig
        {
            Path = FullPath(text.Text("path")),
            TextColumn = text.Text("textColumn", "text"),
            SplitColumn = split is null ? text.OptionalText("splitColumn") : text.Text("splitColumn", "split"),
            Split = split,
            ExamplesMax = text.Integer("examplesMax", 1, int.MaxValue, 1000),
        };
        if (split is null && config.SplitColumn is not null)
        {
            text.Fail("splitColumn", "is given without split");
        }

        text.RefuseUnknown();
        return config;
    }

    private static LoraConfig ReadLora(ConfigObject lora, SimulationTask task)
    {
        var rank = lora.Integer("rank", 1, 4096);
        var config = new LoraConfig
        {
            Rank = rank,
            Alpha = lora.Number("alpha", NumberRange.Above(0, 1e6), rank),
            RankByAgent = lora.OptionalObject("rankByAgent") is { } ranks
                ? ranks.Names.ToImmutableDictionary(
                    name => name, name => ranks.Integer(name, 1, rank), StringComparer.Ordinal)
                : ImmutableDictionary<string, int>.Empty,
            Targets = lora.Texts("targets"),
            Head = lora.Choice<HeadTraining>(
                "head", task == SimulationTask.Classification ? HeadTraining.Output : HeadTraining.None),
        };
        if (task == SimulationTask.NextToken && config.Head != HeadTraining.None)
        {
            lora.Fail("head", "is for classification; with task nextToken there is no head, expected none");
        }

        lora.RefuseUnknown();
        return config;
    }

    private static TrainingConfig ReadTraining(ConfigObject training)
    {
        var optimizer = training.Choice<OptimizerKind>("optimizer");
        var rate = training.Number("learningRate", Rate);
        var config = new TrainingConfig
        {
            Optimizer = optimizer,
            LearningRate = rate,
            FinalLearningRate = training.Number("finalLearningRate", Rate, rate),
            Momentum = training.Number("momentum", Decay, optimizer == OptimizerKind.Adam ? 0.9 : 0),
            SecondDecay = training.Number("secondDecay", Decay, 0.999),
            LocalSteps = training.Integer("localSteps", 1, 100_000),
            Batch = training.Has("batch") ? training.Integer("batch", 1, 1 << 20) : null,
            SamplingRate = training.Has("samplingRate") ? training.Number("samplingRate", Probability) : null,
            GradientNormMax = training.Has("gradientNormMax")
                ? training.Number("gradientNormMax", NumberRange.Above(0, 1e6))
                : double.PositiveInfinity,
            UpdateBound = training.Number("updateBound", NumberRange.Between(1e-6, 1e6), 8),
        };
        if (config.Batch.HasValue == config.SamplingRate.HasValue)
        {
            training.Fail("batch", "and samplingRate are both given or both missing; expected exactly one of the two");
        }

        if (optimizer == OptimizerKind.Sgd && training.Has("secondDecay"))
        {
            training.Fail("secondDecay", "is given with optimizer sgd; it belongs to adam");
        }

        training.RefuseUnknown();
        return config;
    }

    private static PrivacyConfig? ReadPrivacy(ConfigObject? privacy)
    {
        if (privacy is null)
        {
            return null;
        }

        var config = new PrivacyConfig(
            privacy.Number("epsilon", NumberRange.Above(0, 1000)),
            privacy.Number("delta", NumberRange.Above(0, 1e-2)),
            privacy.Number("clip", NumberRange.Between(1e-6, 1e6)));
        privacy.RefuseUnknown();
        return config;
    }

    private static EvaluationConfig ReadEvaluation(ConfigObject? evaluation)
    {
        var config = new EvaluationConfig(
            evaluation?.Integer("everyRounds", 1, 100_000, 1) ?? 1,
            evaluation?.Integer("examplesMax", 1, int.MaxValue, int.MaxValue) ?? int.MaxValue);
        evaluation?.RefuseUnknown();
        return config;
    }

    /// <summary>Rules over several objects.</summary>
    private static void CheckTogether(SimulationConfig config, ConfigObject root)
    {
        if (config.Agents.Split == AgentSplit.Natural && config.Data.ClientColumn is null)
        {
            root.Fail("data.clientColumn", "is missing; a natural split needs it");
        }

        var needsLabels = config.Task == SimulationTask.Classification || config.Agents.Split == AgentSplit.Dirichlet;
        if (needsLabels && config.Data.LabelColumn is null)
        {
            root.Fail("data.labelColumn", "is missing; a Dirichlet split needs it");
        }

        if (!needsLabels && config.Data.LabelColumn is not null)
        {
            root.Fail("data.labelColumn", "is given with task nextToken, which reads it for a Dirichlet split only");
        }

        if (config.Agents.SplitClient is not null && config.Data.IdColumn is null)
        {
            root.Fail("data.idColumn", "is missing; agents.splitClient splits by the hash of its values");
        }

        if (!root.HasFaults && config.Agents.Count > 0 && config.CohortSize > config.Agents.Count)
        {
            root.Fail("cohort.size", $"is {config.CohortSize}; expected at most agents.count, {config.Agents.Count}");
        }

        if (config.Method.PublicText is { } text
            && text.Path == config.Data.Path
            && (text.Split is null || text.Split == config.Data.TrainSplit || text.Split == config.Data.TestSplit))
        {
            root.Fail("method.publicText", "is a split to train or test on; what is private is not public text");
        }

        if (config.Privacy is not null && config.Agents.NominalExamples is null)
        {
            root.Fail(
                "agents.nominalExamples",
                "is missing; a private run needs it, as sampling rate and noise must not depend on the true row count");
        }

        if (config.Privacy is not null && double.IsFinite(config.Training.GradientNormMax))
        {
            root.Fail("training.gradientNormMax", "is given in a private run; privacy.clip limits each example there");
        }
    }

    private string FullPath(string path) => path.Length == 0 ? path : Path.GetFullPath(path, folder);
}
