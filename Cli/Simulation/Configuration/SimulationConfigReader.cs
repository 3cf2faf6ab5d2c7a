using System.Collections.Immutable;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>The fields of a simulation's configuration, with their limits and defaults.</summary>
/// <param name="source">What messages call it.</param>
/// <param name="folder">What relative paths are relative to.</param>
internal sealed class SimulationConfigReader(string source, string folder)
{
    private const int AgentsMax = 10_000;

    private readonly ConfigSections sections = new(folder);

    public SimulationConfig Read(ConfigObject root)
    {
        var task = root.Choice<TaskKind>("task", TaskKind.Classification);
        var config = new SimulationConfig
        {
            Source = source,
            Name = root.Text("name"),
            ModelFolder = sections.FullPath(root.Text("model")),
            BaseFormat = root.Choice<WeightFormat>("baseFormat", WeightFormat.Full),
            Data = ReadData(root.Object("data"), task),
            Agents = ReadAgents(root.Object("agents")),
            CohortSize = ReadCohortSize(root.OptionalObject("cohort")),
            Method = sections.ReadMethod(root.Object("method")),
            Lora = ConfigSections.ReadLora(root.Object("lora"), task),
            Rounds = root.Integer("rounds", 1, 100_000),
            Training = ConfigSections.ReadTraining(root.Object("training")),
            Privacy = ConfigSections.ReadPrivacy(root.OptionalObject("privacy")),
            Weights = root.Choice<WeightKind>("weights", WeightKind.Equal),
            Seed = root.Integer("seed", 0, int.MaxValue),
            Evaluation = ReadEvaluation(root.OptionalObject("evaluation")),
            OutputFolder = sections.FullPath(root.Text("output")),
        };
        root.RefuseUnknown();
        CheckTogether(config, root);
        return config;
    }

    private DataConfig ReadData(ConfigObject data, TaskKind task)
    {
        var config = new DataConfig
        {
            Task = task,
            Path = sections.FullPath(data.Text("path")),
            TextColumn = data.Text("textColumn", "text"),
            LabelColumn = task == TaskKind.Classification
                ? data.Text("labelColumn", "label")
                : data.OptionalText("labelColumn"),
            Labels = ConfigSections.ReadLabels(data, task) is { } labels ? new LabelSet(labels) : null,
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
            GroupsFile = agents.OptionalText("groupsFile") is { } file ? sections.FullPath(file) : null,
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

        var needsLabels = config.Task == TaskKind.Classification || config.Agents.Split == AgentSplit.Dirichlet;
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

        ConfigSections.CheckPrivacy(root, config.Training, config.Privacy);
        ConfigSections.CheckStart(root, config.Method, config.BaseFormat);
    }
}
