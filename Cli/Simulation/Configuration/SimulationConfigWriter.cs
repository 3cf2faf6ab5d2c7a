using System.Collections.Immutable;
using System.Text.Json.Nodes;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;

namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>
/// Writes a configuration as <see cref="SimulationConfigReader"/> reads it, with every default that it has filled in
/// and with full paths, so that what was run can be run again. Fields that do not apply are left out.
/// </summary>
internal static class SimulationConfigWriter
{
    public static JsonObject Write(SimulationConfig config)
    {
        var root = new JsonObject
        {
            ["name"] = config.Name,
            ["task"] = ConfigObject.InJson(config.Task),
            ["model"] = config.ModelFolder,
            ["baseFormat"] = ConfigObject.InJson(config.BaseFormat),
            ["data"] = Write(config.Data),
            ["agents"] = Write(config.Agents),
            ["cohort"] = config.CohortSize is { } size ? new JsonObject { ["size"] = size } : null,
            ["method"] = Write(config.Method),
            ["lora"] = Write(config.Lora),
            ["rounds"] = config.Rounds,
            ["training"] = Write(config.Training),
            ["privacy"] = config.Privacy is not { } privacy
                ? null
                : new JsonObject { ["epsilon"] = privacy.Epsilon, ["delta"] = privacy.Delta, ["clip"] = privacy.Clip },
            ["weights"] = ConfigObject.InJson(config.Weights),
            ["seed"] = config.Seed,
            ["evaluation"] = new JsonObject
            {
                ["everyRounds"] = config.Evaluation.EveryRounds,
                ["examplesMax"] = config.Evaluation.ExamplesMax,
            },
            ["output"] = config.OutputFolder,
        };
        RemoveNulls(root);
        return root;
    }

    private static JsonObject Write(DataConfig data) => new()
    {
        ["path"] = data.Path,
        ["textColumn"] = data.TextColumn,
        ["labelColumn"] = data.LabelColumn,
        ["labels"] = data.Labels is { } labels ? new JsonArray([.. labels.Names.Select(name => (JsonNode)name)]) : null,
        ["splitColumn"] = data.SplitColumn,
        ["trainSplit"] = data.TrainSplit,
        ["testSplit"] = data.TestSplit,
        ["clientColumn"] = data.ClientColumn,
        ["idColumn"] = data.IdColumn,
        ["tokensMax"] = data.TokensMax,
    };

    private static JsonObject Write(AgentsConfig agents) => new()
    {
        ["split"] = ConfigObject.InJson(agents.Split),
        ["count"] = agents.Split == AgentSplit.Natural ? null : agents.Count,
        ["alpha"] = agents.Split == AgentSplit.Dirichlet ? agents.Alpha : null,
        ["groupsFile"] = agents.GroupsFile,
        ["splitClient"] = agents.SplitClient is { } client
            ? new JsonObject { ["name"] = client.Name, ["parts"] = client.Parts }
            : null,
        ["nominalExamples"] = agents.NominalExamples is { } nominal
            ? new JsonObject { ["default"] = nominal, ["byAgent"] = Write(agents.NominalExamplesByAgent) }
            : null,
    };

    private static JsonObject Write(MethodConfig method) => new()
    {
        ["name"] = method.Name,
        ["period"] = method.Period,
        ["start"] = ConfigObject.InJson(method.Start),
        ["publicText"] = method.PublicText is not { } text
            ? null
            : new JsonObject
            {
                ["path"] = text.Path,
                ["textColumn"] = text.TextColumn,
                ["splitColumn"] = text.SplitColumn,
                ["split"] = text.Split,
                ["examplesMax"] = text.ExamplesMax,
            },
    };

    private static JsonObject Write(LoraConfig lora) => new()
    {
        ["rank"] = lora.Rank,
        ["alpha"] = lora.Alpha,
        ["rankByAgent"] = Write(lora.RankByAgent),
        ["targets"] = new JsonArray([.. lora.Targets.Select(target => (JsonNode)target)]),
        ["head"] = ConfigObject.InJson(lora.Head),
    };

    private static JsonObject Write(TrainingConfig training) => new()
    {
        ["optimizer"] = ConfigObject.InJson(training.Optimizer),
        ["learningRate"] = training.LearningRate,
        ["finalLearningRate"] = training.FinalLearningRate,
        ["momentum"] = training.Momentum,
        ["secondDecay"] = training.Optimizer == OptimizerRule.Adam ? training.SecondDecay : null,
        ["localSteps"] = training.LocalSteps,
        ["batch"] = training.Batch,
        ["samplingRate"] = training.SamplingRate,
        ["gradientNormMax"] = double.IsFinite(training.GradientNormMax) ? training.GradientNormMax : null,
        ["updateBound"] = training.UpdateBound,
    };

    /// <summary>In the order of the names, as a dictionary has none.</summary>
    private static JsonObject? Write(ImmutableDictionary<string, int> byAgent) => byAgent.Count == 0
        ? null
        : new JsonObject(byAgent.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    private static void RemoveNulls(JsonObject node)
    {
        foreach (var name in node.Where(member => member.Value is null).Select(member => member.Key).ToList())
        {
            node.Remove(name);
        }

        foreach (var member in node.Select(member => member.Value).OfType<JsonObject>())
        {
            RemoveNulls(member);
        }
    }
}
