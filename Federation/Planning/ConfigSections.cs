using System.Collections.Immutable;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Federation.Planning;

/// <summary>The sections that simulations and runs of the service have in common.</summary>
/// <param name="folder">What relative paths are relative to.</param>
public sealed class ConfigSections(string folder)
{
    private static readonly NumberRange Probability = NumberRange.Above(0, 1);
    private static readonly NumberRange Rate = NumberRange.Above(0, 1000);
    private static readonly NumberRange Decay = NumberRange.Below(0, 1);

    /// <summary>A path in full; empty stays empty.</summary>
    public string FullPath(string path) => path.Length == 0 ? path : Path.GetFullPath(path, folder);

    /// <summary>The labels that are written, each once, in ordinal order; null where none are.</summary>
    public static IReadOnlyList<string>? ReadLabels(ConfigObject data, TaskKind task)
    {
        const string Field = "labels";
        if (!data.Has(Field))
        {
            return null;
        }

        if (task == TaskKind.NextToken)
        {
            data.Fail(Field, "is given with task nextToken, which has none");
            return null;
        }

        var names = data.Texts(Field);
        var labels = Labels(names);
        if (labels.Count < names.Length)
        {
            var twice = names.CountBy(name => name).First(name => name.Value > 1).Key;
            data.Fail(Field, $"names \"{twice}\" more than once");
        }

        return labels;
    }

    /// <summary>Each once, in ordinal order: a label's index does not depend on the order in a file.</summary>
    public static IReadOnlyList<string> Labels(IEnumerable<string> names) =>
        [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The federated method and its start.</summary>
    public MethodConfig ReadMethod(ConfigObject method)
    {
        var config = new MethodConfig(
            method.OneOf("name", FederatedMethods.Names),
            method.Integer("period", 1, 100_000, 1),
            method.Choice<FactorStart>("start", FactorStart.Principal),
            ReadPublicText(method.OptionalObject("publicText")));
        var needsText = config.Start is FactorStart.Calibrated or FactorStart.Cloq;
        if (needsText != config.PublicText is not null)
        {
            method.Fail("publicText", needsText
                ? $"is missing; a {ConfigObject.InJson(config.Start)} start needs it"
                : "is given without start calibrated or cloq, which alone use it");
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

    /// <summary>The adapter.</summary>
    public static LoraConfig ReadLora(ConfigObject lora, TaskKind task)
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
                "head", task == TaskKind.Classification ? HeadTraining.Output : HeadTraining.None),
        };
        if (task == TaskKind.NextToken && config.Head != HeadTraining.None)
        {
            lora.Fail("head", "is for classification; with task nextToken there is no head, expected none");
        }

        lora.RefuseUnknown();
        return config;
    }

    /// <summary>Local training.</summary>
    public static TrainingConfig ReadTraining(ConfigObject training)
    {
        var optimizer = training.Choice<OptimizerRule>("optimizer");
        var rate = training.Number("learningRate", Rate);
        var config = new TrainingConfig
        {
            Optimizer = optimizer,
            LearningRate = rate,
            FinalLearningRate = training.Number("finalLearningRate", Rate, rate),
            Momentum = training.Number("momentum", Decay, optimizer == OptimizerRule.Adam ? 0.9 : 0),
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

        if (optimizer == OptimizerRule.Sgd && training.Has("secondDecay"))
        {
            training.Fail("secondDecay", "is given with optimizer sgd; it belongs to adam");
        }

        training.RefuseUnknown();
        return config;
    }

    /// <summary>The guarantee; null where there is none.</summary>
    public static PrivacyConfig? ReadPrivacy(ConfigObject? privacy)
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

    /// <summary>Which base and method a start is for.</summary>
    public static void CheckStart(ConfigObject root, MethodConfig method, WeightFormat baseFormat)
    {
        if (method.Start != FactorStart.Cloq)
        {
            return;
        }

        if (baseFormat == WeightFormat.Full)
        {
            root.Fail(
                "method.start",
                "is cloq with baseFormat full; it makes up for the error of quantised weights, expected baseFormat "
                + "int8 or nf4");
        }

        if (method.Name == FedSb.MethodName)
        {
            root.Fail("method.start", "is cloq; fed-sb begins with 0 between its factors, so nothing is made up for");
        }
    }

    /// <summary>What a private run may not say beside its guarantee.</summary>
    public static void CheckPrivacy(ConfigObject root, TrainingConfig training, PrivacyConfig? privacy)
    {
        if (privacy is not null && double.IsFinite(training.GradientNormMax))
        {
            root.Fail("training.gradientNormMax", "is given in a private run; privacy.clip limits each example there");
        }
    }
}
