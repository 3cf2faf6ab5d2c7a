using System.Text.Json;

namespace FedLowRank.Tests;

/// <summary>
/// What owners and run owners write for tests of whole programs: a private run of the sample base on the sample texts,
/// which takes seconds.
/// </summary>
internal static class SiteFiles
{
    private static string Base => RepositoryFiles.Path("samples", "base");

    /// <summary>The policy of an agent that allows one run on the texts of one of the sample's clients.</summary>
    public static string Policy(string run, string client) => JsonSerializer.Serialize(new
    {
        runs = new[] { run },
        baseModelFolder = Base,
        data = new
        {
            path = RepositoryFiles.Path("samples", "debian-topics", "debian_topics.tsv.gz"),
            idColumn = "id",
            splitColumn = "split",
            clientColumn = "client",
            clients = new[] { client },
        },
        nominalExamples = 200,
        budget = new { epsilon = 50, delta = 1e-5 },
        limits = new
        {
            noiseMultiplierMin = 0.3,
            clipMin = 0.1,
            clipMax = 10,
            samplingRateMax = 0.5,
            localStepsMax = 10,
        },
        threads = 1,
    });

    /// <summary>The run's file.</summary>
    /// <param name="rounds">How many.</param>
    /// <param name="policy">Of the rounds.</param>
    /// <param name="schedule">When they begin.</param>
    public static string Run(int rounds, object policy, object schedule) => JsonSerializer.Serialize(new
    {
        model = Base,
        data = new
        {
            labels = (string[])
            [
                "admin", "database", "devel", "editors", "electronics", "fonts", "games", "graphics", "hamradio",
                "mail", "math", "net", "science", "sound", "text", "video", "web", "x11",
            ],
            tokensMax = 24,
        },
        method = new { name = "fedsvd", period = 1, start = "orthonormal" },
        lora = new { rank = 8, alpha = 8, targets = (string[])["query", "value"], head = "output" },
        rounds,
        training = new { optimizer = "sgd", learningRate = 0.3, localSteps = 4, samplingRate = 0.05 },
        privacy = new { epsilon = 8, delta = 1e-5, clip = 1 },
        weights = "equal",
        seed = 1,
        policy,
        schedule,
        shards = 2,
    });
}
