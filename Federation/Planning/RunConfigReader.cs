using System.Collections.Immutable;
using System.Globalization;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Federation.Planning;

/// <summary>The fields of a run file. Sections that simulations have too are read by the same code.</summary>
/// <param name="source">What messages call it.</param>
/// <param name="folder">What relative paths are relative to.</param>
internal sealed class RunConfigReader(string source, string folder)
{
    private readonly ConfigSections sections = new(folder);

    public RunConfig Read(ConfigObject root)
    {
        var task = root.Choice<TaskKind>("task", TaskKind.Classification);
        var data = root.Object("data");
        var config = new RunConfig
        {
            Source = source,
            ModelFolder = sections.FullPath(root.Text("model")),
            BaseFormat = root.Choice<WeightFormat>("baseFormat", WeightFormat.Full),
            Task = task,
            TextColumn = data.Text("textColumn", "text"),
            LabelColumn = task == TaskKind.Classification ? data.Text("labelColumn", "label") : null,
            Labels = ReadLabels(data, task),
            TokensMax = data.Integer("tokensMax", 3, TaskPlan.TokensLimit),
            Method = ReadMethod(root),
            Lora = ReadLora(root, task),
            Rounds = root.Integer("rounds", 1, RunPlan.RoundsMax),
            Training = ReadTraining(root),
            Privacy = ReadPrivacy(root),
            WeightMax = ReadWeightMax(root),
            Seed = root.Integer("seed", 0, int.MaxValue),
            Policy = PolicyReader.ReadPolicy(root.Object("policy")),
            Schedule = PolicyReader.ReadSchedule(root.OptionalObject("schedule")),
            Shards = ReadShards(root),
        };
        data.RefuseUnknown();
        root.RefuseUnknown();
        ConfigSections.CheckPrivacy(root, config.Training, config.Privacy);
        ConfigSections.CheckStart(root, config.Method, config.BaseFormat);
        return config;
    }

    private IReadOnlyList<string>? ReadLabels(ConfigObject data, TaskKind task)
    {
        const string Field = "labelsFile";
        var listed = ConfigSections.ReadLabels(data, task);
        var file = data.OptionalText(Field);
        if (task == TaskKind.NextToken)
        {
            if (file is not null) data.Fail(Field, "is given with task nextToken, which has none");
            return null;
        }

        if (listed is null == file is null)
        {
            data.Fail(
                "labels", "and labelsFile are both given or both missing; expected exactly one of the two, so that " +
                "every agent knows all labels that a text may have");
        }

        return file is null ? listed : LabelsOf(data, Field, sections.FullPath(file));
    }

    /// <summary>One label a line. Public, as all that a run file names.</summary>
    private static IReadOnlyList<string> LabelsOf(ConfigObject data, string field, string path)
    {
        const int BytesMax = 4 * TaskPlan.LabelsMax * (TaskPlan.NameMax + 1);
        try
        {
            if (new FileInfo(path) is { Length: > BytesMax } large)
            {
                data.Fail(field, $"names {path}, which has {large.Length} bytes; expected at most {BytesMax}");
                return [];
            }

            var lines = File.ReadAllLines(path);
            if (lines.Any(line => line.Length == 0))
            {
                data.Fail(field, $"names {path}, which has an empty line; expected one label a line");
            }
            else if (lines.CountBy(line => line).FirstOrDefault(line => line.Value > 1) is { Key: { } twice })
            {
                data.Fail(field, $"names {path}, in which \"{twice}\" stands more than once");
            }

            return ConfigSections.Labels(lines);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            data.Fail(field, $"names {path}, which cannot be read: {e.Message}");
            return [];
        }
    }

    private MethodConfig ReadMethod(ConfigObject root)
    {
        var method = sections.ReadMethod(root.Object("method"));
        if (method.Start == FactorStart.GradientSketch)
        {
            root.Fail(
                "method.start", "is gradientSketch; it looks at the agents' private texts and would spend privacy " +
                "budget before the first round, so a run does not offer it. Expected one of kaiming, orthonormal, " +
                "principal, calibrated, cloq");
        }

        return method;
    }

    private static LoraConfig ReadLora(ConfigObject root, TaskKind task)
    {
        var lora = ConfigSections.ReadLora(root.Object("lora"), task);
        if (lora.RankByAgent.Count > 0)
            root.Fail("lora.rankByAgent", "is for simulations; a run has one rank for all");
        return lora with { RankByAgent = ImmutableDictionary<string, int>.Empty };
    }

    private static TrainingConfig ReadTraining(ConfigObject root)
    {
        var training = ConfigSections.ReadTraining(root.Object("training"));
        if (training.Batch is not null)
        {
            root.Fail(
                "training.batch", "is for simulations; a run declares samplingRate, which every agent multiplies " +
                "with the number of examples that its owner declares");
        }

        return training;
    }

    private static PrivacyConfig? ReadPrivacy(ConfigObject root)
    {
        if (!root.IsWritten("privacy"))
        {
            root.Fail(
                "privacy", "is missing; expected an object with epsilon, delta and clip, or null for a run that is " +
                "not private");
        }

        return ConfigSections.ReadPrivacy(root.OptionalObject("privacy"));
    }

    private static int ReadWeightMax(ConfigObject root)
    {
        const string Field = "weightMax";
        if (root.Choice<WeightKind>("weights", WeightKind.Equal) == WeightKind.Declared)
            return root.Integer(Field, 1, ExactSum.WeightMax, ExactSum.WeightMax);
        if (root.Has(Field)) root.Fail(Field, "is given with weights equal; it belongs to weights declared");
        return 1;
    }

    private static int? ReadShards(ConfigObject root)
    {
        const string Field = "shards";
        if (root.IsNumber(Field)) return root.Integer(Field, 1, RunPlan.ShardsMax);
        if (root.Has(Field) && root.Text(Field) != "automatic")
        {
            root.Fail(Field, string.Create(
                CultureInfo.InvariantCulture,
                $"is \"{root.Text(Field)}\"; expected automatic or a whole number from 1 to {RunPlan.ShardsMax}"));
        }

        return null;
    }
}
