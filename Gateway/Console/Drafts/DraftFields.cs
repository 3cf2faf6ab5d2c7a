using System.Diagnostics;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>The form for a new run. Limits are not here: the reader of run files has them, and tells them.</summary>
internal static class DraftFields
{
    public const string Run = "run";
    public const string BaseConfig = "base-config";
    public const string BaseHash = "base-model";
    public const string Examples = "examples";
    public const string Privacy = "privacy";
    public const string NotPrivate = "none";
    public const string Labels = "data.labels";
    public const string Start = "method.start";
    public const string BaseFormat = "baseFormat";

    private static readonly HashSet<string> Rare = new(StringComparer.Ordinal)
    {
        "model", "data.textColumn", "data.labelColumn", "method.publicText.path", "lora.alpha", "lora.head", "seed",
        "training.finalLearningRate", "training.momentum", "training.secondDecay", "training.updateBound",
        "training.gradientNormMax", "policy.overSelection", "policy.distinctAgentsMin", "policy.requiredAgents",
        "policy.workSeconds", "policy.evaluatingSeconds", "policy.workRetriesMax",
        "policy.missedQuorum.extendSeconds", "policy.missedQuorum.retriesMax", "policy.missedQuorum.lastResort",
        "policy.directUploads", "schedule.restSeconds", "schedule.triggerWithinSeconds", "weightMax", "shards",
    };

    /// <summary>All groups, in the order of the form.</summary>
    public static IReadOnlyList<DraftGroup> Groups { get; } =
    [
        new("Name", [
            Text(Run, "Name of the run", "", "Letters, digits, dots, dashes and underscores; no other run has it.")
                with { IsInFile = false },
        ]),
        new("Base model", [
            new(BaseConfig, "Content of its config.json", FieldKind.Content, "")
            {
                Help = "The small file of the base model's folder that tells its sizes. The model itself stays with " +
                    "you and the agents; this server never holds it.",
                IsInFile = false, IsOfStart = true,
            },
            Text(
                BaseHash, "Hash of its folder", "",
                "64 hexadecimal digits; fedlowrank-agent doctor prints it on every agent that holds the model.")
                with { IsInFile = false, IsOfStart = true },
            Text(
                "model", "Its folder on your machine", "model",
                "For the saved file alone; relative to where the file will lie.") with { IsOfStart = true },
            Choice(
                BaseFormat, "Agents hold it", "Its linear layers in less memory cost a little accuracy.",
                [.. Enum.GetValues<WeightFormat>().Select(format => (ConfigObject.InJson(format), Words(format)))])
                with { IsOfStart = true },
        ]),
        new("Texts", [
            Choice(
                "task", "What is learnt", "Of each text its label, or each token from those before it.",
                ("classification", "labels of texts"), ("nextToken", "the next token")) with { IsOfStart = true },
            Text("data.textColumn", "Column with the text", "text", "Where an agent's owner names no other."),
            Text("data.labelColumn", "Column with the label", "", "Empty: label. Next-token training has none."),
            new(Labels, "All labels, one a line", FieldKind.Lines, "")
            {
                Help = "Public: every agent knows them all. With next-token training leave it empty.", IsOfStart = true,
            },
            Number("data.tokensMax", "Longest example (tokens)", "128", "Longer texts are cut."),
        ]),
        new("Method and adapter", [
            Choice(
                "method.name", "Method", "How the server makes one adapter of all updates.",
                [.. FederatedMethods.Names.Select(name => (name, name))]) with { IsOfStart = true },
            Number("method.period", "Period (rounds)", "1", "From one refresh of the subspace to the next."),
            Choice(
                Start, "Start",
                "The first two need the sizes and a seed and are made here. The others look at the model's weights: " +
                "save the file and give it to fedlowrank runs create, where the model is.",
                ("orthonormal", "orthonormal: a random subspace"), ("kaiming", "kaiming: PEFT's default"),
                ("principal", "principal: the model's strongest directions"),
                ("calibrated", "calibrated: directions of public texts"),
                ("cloq", "cloq: makes up for a base in 8 or 4 bits, by public texts")) with { IsOfStart = true },
            Text(
                "method.publicText.path", "File with public texts", "",
                "For the starts calibrated and cloq alone, on your machine.") with { IsOfStart = true },
            Number("lora.rank", "Rank", "8", "r: directions that each layer learns in.") with { IsOfStart = true },
            Number("lora.alpha", "Alpha", "", "The change is scaled by alpha / rank. Empty: as the rank.")
                with { IsOfStart = true },
            new("lora.targets", "Adapted layers, one a line", FieldKind.Lines, "query\nvalue")
            {
                Help = "Ends of their names, as PEFT's target_modules.", IsOfStart = true,
            },
            Choice(
                "lora.head", "Trained of the head", "Next-token training has no head.",
                ("", "automatic"), ("output", "its output layer"), ("all", "all of it"), ("none", "nothing"))
                with { IsOfStart = true },
            Number("seed", "Seed of the start", "1", "A whole number; the same seed gives the same start.")
                with { IsOfStart = true },
        ]),
        new("Training", [
            Number("rounds", "Rounds", "10", "More rounds need more noise for the same epsilon."),
            Number("training.localSteps", "Steps in a round", "1", "Of each agent."),
            Number(
                "training.samplingRate", "Sampling rate", "0.1",
                "Probability with which each of an agent's examples is in a step.") with { IsAlwaysWritten = true },
            Choice("training.optimizer", "Optimizer", "", ("sgd", "SGD with momentum"), ("adam", "Adam")),
            Number("training.learningRate", "Learning rate of the first round", "1", ""),
            Number("training.finalLearningRate", "Learning rate of the last round", "", "Empty: as the first."),
            Number("training.momentum", "Momentum", "", "Empty: 0 with SGD, 0.9 with Adam."),
            Number("training.secondDecay", "Second decay", "", "With Adam alone. Empty: 0.999."),
            Number("training.updateBound", "Bound on each value of an update", "", "Empty: 8. Values beyond are cut."),
            Number(
                "training.gradientNormMax", "Largest gradient norm", "",
                "In a run that is not private. Empty: no limit."),
        ]),
        new("Privacy", [
            Choice(
                Privacy, "Guarantee", "For each example of each agent, over the whole run, whoever sees the updates.",
                ("private", "private: noise is calibrated to the target below"),
                (NotPrivate, "not private: updates may give away texts")) with { IsInFile = false },
            Number("privacy.epsilon", "Target epsilon", "4", "An agent that trains once in each round spends this."),
            Number("privacy.delta", "Delta", "1e-5", "Well below 1 / the number of an agent's examples."),
            Number("privacy.clip", "Clip norm", "1", "Largest norm of one example's gradient."),
            Number(
                Examples, "Examples of an agent, for the figures", "1000",
                "What an owner declares; it changes the figures alone, not the run.") with { IsInFile = false },
        ]),
        new("Agents and waits", [
            Number("policy.cohortSize", "Cohort (updates)", "3", "A round closes at once with so many."),
            Number("policy.overSelection", "Invited over the cohort (factor)", "", "Empty: 1."),
            Number("policy.quorum", "Quorum (updates)", "2", "Fewest with which a round closes at its deadline."),
            Number(
                "policy.distinctAgentsMin", "Fewest agents behind a sum", "", "Empty: as the quorum."),
            new("policy.requiredAgents", "Agents that no round goes without, one a line", FieldKind.Lines, ""),
            Number("policy.selectingSeconds", "Wait for answers to invitations (seconds)", "60", ""),
            Number("policy.collectingSeconds", "Wait for updates (seconds)", "3600", ""),
            Number("policy.workSeconds", "Wait for the server's own work (seconds)", "600", ""),
            Number("policy.evaluatingSeconds", "Wait for an evaluation (seconds)", "600", ""),
            Number("policy.workRetriesMax", "Retries of the server's own work", "", "Empty: 5; then the run pauses."),
            Number("policy.missedQuorum.extendSeconds", "Extension without quorum (seconds)", "", "Empty: none."),
            Number("policy.missedQuorum.retriesMax", "Further attempts without quorum", "", "Empty: 2."),
            Choice(
                "policy.missedQuorum.lastResort", "Then the run", "", ("pause", "pauses"), ("fail", "fails")),
            new("policy.directUploads", "Agents may write updates straight into the storage", FieldKind.Flag, "")
            {
                Help = "Where the storage is a service that gives links.",
            },
        ]),
        new("Rounds and weights", [
            Choice(
                "schedule.type", "A round begins", "", ("automatic", "by itself after the one before"),
                ("manual", "when a person says so")),
            Number("schedule.restSeconds", "Rest between rounds (seconds)", "", "When rounds begin by themselves. " +
                "Empty: 0."),
            Number(
                "schedule.triggerWithinSeconds", "Wait for the person (seconds)", "",
                "When a person begins them. Empty: a day; then the run pauses."),
            Choice(
                "weights", "Agents count", "In the mean of a round.", ("equal", "all alike"),
                ("declared", "by their declared examples")),
            Number("weightMax", "Largest weight", "", "With declared weights alone."),
            new("shards", "Shards", FieldKind.NumberOrWord, "automatic")
            {
                Help = "Parts in which the server sums: a whole number, or automatic by the adapter's size.",
            },
        ]),
    ];

    /// <summary>All fields.</summary>
    public static IReadOnlyList<DraftField> All { get; } = [.. Groups.SelectMany(group => group.Fields)];

    /// <summary>
    /// The field that a path of the run file is about: it itself, the one that it lies in, or the first that lies in
    /// it; null for the file as a whole.
    /// </summary>
    public static DraftField? Of(string path) =>
        All.FirstOrDefault(field => field.Name == path) ??
        All.FirstOrDefault(field => path.StartsWith(field.Name, StringComparison.Ordinal) &&
            path[field.Name.Length] is '.' or '[') ??
        (path.Length == 0
            ? null
            : All.FirstOrDefault(field => field.Name.StartsWith(path + ".", StringComparison.Ordinal)));

    /// <summary>Whether most runs leave it as it is.</summary>
    public static bool IsRare(string field) => Rare.Contains(field);

    private static string Words(WeightFormat format) => format switch
    {
        WeightFormat.Full => "with full weights",
        WeightFormat.EightBit => "in 8 bits a weight",
        WeightFormat.FourBit => "in 4 bits a weight",
        _ => throw new UnreachableException($"{format}"),
    };

    private static DraftField Text(string name, string label, string initial, string help) =>
        new(name, label, FieldKind.Text, initial) { Help = help };

    private static DraftField Number(string name, string label, string initial, string help) =>
        new(name, label, FieldKind.Number, initial) { Help = help };

    private static DraftField Choice(
        string name, string label, string help, params (string Value, string Label)[] choices) =>
        new(name, label, FieldKind.Choice, choices[0].Value) { Help = help, Choices = choices };
}
