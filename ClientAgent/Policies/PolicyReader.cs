using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Logs;
using FedLowRank.Federation.Service;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>
/// Reads <c>policy.json</c>: JSON with comments and trailing commas. Paths are relative to the file. What is not said
/// is not allowed, and what is not known is an error.
/// </summary>
internal static class PolicyReader
{
    private const string AnyRun = "*";
    private const int ThreadsMax = 1024;
    private const int PartsMax = 100_000;

    private static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads a policy.</summary>
    /// <exception cref="PolicyException">It is missing or cannot be used.</exception>
    public static AgentPolicy Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PolicyException(path, "", "there is no policy; 'enrol' writes a template to start from", error);
        }
    }

    /// <summary>As <see cref="Read"/>, from memory; the path is for messages and relative paths.</summary>
    public static AgentPolicy Parse(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new PolicyException(path, "", "must be a JSON object");
            return Policy(new(document.RootElement, path, ""), Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The latter comes from a string with half of a surrogate pair: valid JSON, but no text.
            throw new PolicyException(path, "", $"is not valid JSON: {error.Message}", error);
        }
    }

    private static AgentPolicy Policy(PolicyObject root, string folder)
    {
        var hasRuns = root.Has("runs");
        if (!root.Has("baseModels") && !hasRuns)
            throw root.Error("runs", "must name the allowed runs, or baseModels the allowed base models");
        var data = root.Has("data") ? Data(root.Object("data"), folder, "trainSplit", "train") : null;
        var nominal = data is null ? 1 : root.Whole("nominalExamples", 1, 1_000_000_000);
        var isPrivateOnly = root.Flag("privateOnly", whenAbsent: true);
        var policy = new AgentPolicy
        {
            Runs = hasRuns ? Runs(root) : null,
            BaseModels = root.Has("baseModels") ? Models(root) : null,
            BaseModelFolder = Path.Combine(folder, root.Text("baseModelFolder")),
            Data = data,
            Evaluation = root.Has("evaluation") ? Data(root.Object("evaluation"), folder, "split", "test") : null,
            NominalExamples = nominal,
            Budget = root.Has("budget") || (data is not null && isPrivateOnly)
                ? Budget(root.Object("budget"), nominal)
                : null,
            Limits = Limits(root, isNeeded: data is not null),
            Hours = root.Has("hours") ? Hours(root) : [],
            PrivateOnly = isPrivateOnly,
            UploadHosts = root.Has("uploads") ? UploadHosts(root.Object("uploads")) : [],
            Log = root.Has("log") ? Log(root.Object("log")) : null,
            Threads = root.Has("threads") ? root.Whole("threads", 1, ThreadsMax) : null,
            Slots = root.Has("slots") ? Slots(root.Object("slots"), folder) : null,
        };
        if (data is null) root.Has("nominalExamples");
        root.RequireNoOther();
        return policy.Data is not null || policy.Evaluation is not null
            ? policy
            : throw root.Error("data", "must say what to train on, or evaluation what to evaluate on");
    }

    private static IReadOnlyList<string> Runs(PolicyObject root)
    {
        var runs = root.Texts("runs");
        foreach (var run in runs.Where(run => run != AnyRun))
        {
            try
            {
                _ = new RunId(run);
            }
            catch (ArgumentException)
            {
                throw root.Error("runs", $"must hold names of runs, or \"{AnyRun}\" for all");
            }
        }

        return runs;
    }

    private static BlobHash[] Models(PolicyObject root)
    {
        try
        {
            return [.. root.Texts("baseModels").Select(BlobHash.Parse)];
        }
        catch (FormatException)
        {
            throw root.Error("baseModels", "must hold hashes of 64 lower-case hexadecimal digits");
        }
    }

    private static PrivacyTarget Budget(PolicyObject budget, int nominal)
    {
        var epsilon = budget.Number("epsilon", double.Epsilon, double.MaxValue);
        var delta = budget.Number("delta", double.Epsilon, PrivacyTerms.DeltaMax);
        budget.RequireNoOther();
        return delta * nominal < 1
            ? new(epsilon, delta)
            : throw budget.Error("delta", $"must be below 1 / nominalExamples, {1.0 / nominal:g3}");
    }

    private static TermLimits Limits(PolicyObject root, bool isNeeded)
    {
        if (!root.Has("limits") && !isNeeded) return new(NoiseMultiplier.Min, ClipNorm.Min, ClipNorm.Max, 1, 1);
        var limits = root.Object("limits");
        var clipMin = limits.Number("clipMin", ClipNorm.Min, ClipNorm.Max);
        var read = new TermLimits(
            limits.Number("noiseMultiplierMin", NoiseMultiplier.Min, NoiseMultiplier.Max),
            clipMin,
            limits.Number("clipMax", clipMin, ClipNorm.Max),
            limits.Number("samplingRateMax", double.Epsilon, 1),
            limits.Whole("localStepsMax", 1, RoundPlan.LocalStepsMax));
        limits.RequireNoOther();
        return read;
    }

    private static HourWindow[] Hours(PolicyObject root) =>
    [
        .. root.Texts("hours").Select(text => HourWindow.Parse(text)
            ?? throw root.Error("hours", "must hold windows such as \"mon-fri 20:00-06:00\" or \"12:00-13:30\"")),
    ];

    private static IReadOnlyList<string> UploadHosts(PolicyObject uploads)
    {
        var hosts = uploads.Texts("hosts");
        foreach (var host in hosts)
        {
            if (!Uri.TryCreate($"https://{host}/", UriKind.Absolute, out var address) ||
                !string.Equals(address.Authority, host, StringComparison.OrdinalIgnoreCase))
            {
                throw uploads.Error("hosts", "must hold hosts such as \"x.blob.core.windows.net\"");
            }
        }

        uploads.RequireNoOther();
        return hosts;
    }

    private static DataPolicy Data(PolicyObject data, string folder, string splitMember, string splitWhenAbsent)
    {
        var splitColumn = data.TextOrNull("splitColumn");
        var split = data.TextOrNull(splitMember);
        if (split is not null && splitColumn is null)
            throw data.Error(splitMember, "must be left out where there is no splitColumn");
        var clientColumn = data.TextOrNull("clientColumn");
        var parts = data.Has("splitClient") ? Parts(data.Object("splitClient")) : null;
        var clients = data.Has("clients") ? data.Texts("clients").ToValueList() : null;
        if (clientColumn is null && (parts is not null || clients is not null))
            throw data.Error("clientColumn", "must name a column where there are clients or splitClient");
        if (clients is { Count: 0 }) throw data.Error("clients", "must name at least one client");
        var read = new DataPolicy
        {
            Path = Path.Combine(folder, data.Text("path")),
            TextColumn = data.TextOrNull("textColumn"),
            LabelColumn = data.TextOrNull("labelColumn"),
            IdColumn = data.TextOrNull("idColumn"),
            SplitColumn = splitColumn,
            Split = splitColumn is null ? null : split ?? splitWhenAbsent,
            ClientColumn = clientColumn,
            SplitClient = parts,
            Clients = clients,
        };
        data.RequireNoOther();
        return read;
    }

    private static LogPolicy Log(PolicyObject log)
    {
        var lines = log.Whole("lines", 1, AgentTrouble.LinesMax);
        var level = log.Text("level", whenAbsent: "warning") switch
        {
            "info" => LineLevel.Info,
            "warning" => LineLevel.Warning,
            "error" => LineLevel.Error,
            _ => throw log.Error("level", "must be info, warning or error"),
        };
        log.RequireNoOther();
        return new(lines, level);
    }

    private static SlotPolicy Slots(PolicyObject slots, string folder)
    {
        var read = new SlotPolicy(Path.Combine(folder, slots.Text("folder")), slots.Whole("count", 1, ThreadsMax));
        slots.RequireNoOther();
        return read;
    }

    private static ClientParts Parts(PolicyObject client)
    {
        var parts = new ClientParts(client.Text("name"), client.Whole("parts", 1, PartsMax));
        client.RequireNoOther();
        return parts;
    }
}
