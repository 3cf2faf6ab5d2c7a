using System.Text.Json;
using System.Text.Json.Nodes;
using FedLowRank.Federation.Planning;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Demo;

/// <summary>An organisation of the demo: whose texts it holds, and how many its owner declares.</summary>
/// <param name="Name">Of its agent.</param>
/// <param name="Groups">The groups of <c>organisations.json</c> that it is made of.</param>
/// <param name="NominalExamples">A round number, as an owner would declare it.</param>
internal sealed record DemoOrganisation(string Name, string[] Groups, int NominalExamples)
{
    private const int TrainingAtOnce = 2;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The five of the demo.</summary>
    public static IReadOnlyList<DemoOrganisation> All { get; } =
    [
        new("med-and-science", ["med", "science"], 1200),
        new("media-and-desktop", ["media", "desktop"], 1400),
        new("servers-and-volunteers", ["servers", "volunteers"], 1500),
        new("rest-north", ["rest-1", "rest-2"], 1400),
        new("rest-south", ["rest-3", "rest-4", "rest-5"], 2100),
    ];

    /// <summary>Who measures each round's adapter, on the test split, which counts as public.</summary>
    public const string Evaluator = "evaluator";

    /// <summary>What its owner allows: this one run's budget and no more, on its own texts.</summary>
    public string Policy(string samples, PrivacyConfig privacy)
    {
        var groups = OrganisationMap.Read(Path.Combine(Topics(samples), "organisations.json"));
        var clients = Groups.SelectMany(groups.ClientsOf).Select(client => (JsonNode)client).ToArray();
        var policy = Common(samples);
        policy["data"] = Data(samples, "trainSplit", "train");
        policy["data"]!["clientColumn"] = "client";
        policy["data"]!["splitClient"] = new JsonObject { ["name"] = "rest", ["parts"] = 5 };
        policy["data"]!["clients"] = new JsonArray(clients);
        policy["nominalExamples"] = NominalExamples;
        policy["budget"] = new JsonObject { ["epsilon"] = privacy.Epsilon, ["delta"] = privacy.Delta };
        policy["limits"] = new JsonObject
        {
            ["noiseMultiplierMin"] = 0.5,
            ["clipMin"] = 0.01,
            ["clipMax"] = 10,
            ["samplingRateMax"] = 0.2,
            ["localStepsMax"] = 10,
        };
        policy["threads"] = 1;
        policy["slots"] = new JsonObject { ["folder"] = "../slots", ["count"] = TrainingAtOnce };
        return policy.ToJsonString(Indented);
    }

    /// <summary>The evaluator's policy.</summary>
    public static string EvaluatorPolicy(string samples)
    {
        var policy = Common(samples);
        policy["evaluation"] = Data(samples, "split", "test");
        return policy.ToJsonString(Indented);
    }

    private static JsonObject Common(string samples) => new()
    {
        ["runs"] = new JsonArray("topics"),
        ["baseModelFolder"] = Path.GetFullPath(Path.Combine(samples, "base")),
    };

    private static JsonObject Data(string samples, string splitMember, string split) => new()
    {
        ["path"] = Path.GetFullPath(Path.Combine(Topics(samples), "debian_topics.tsv.gz")),
        ["idColumn"] = "id",
        ["splitColumn"] = "split",
        [splitMember] = split,
    };

    private static string Topics(string samples) => Path.Combine(samples, "debian-topics");
}
