using FedLowRank.Tests;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>
/// Compares methods and starts at equal privacy, data and number of examples, each at its own best rate. Rates and
/// survivors are chosen on a held-out tenth of the training texts; the test splits are measured once, at those rates.
/// </summary>
internal static class MethodStudy
{
    private static readonly string ResultsPath = RepositoryFiles.Path("docs", "methods", "results.csv");

    /// <summary>Runs whatever has no result yet. It may be stopped at any time and resumed.</summary>
    public static object Run(Action<string> say)
    {
        var tokenizer = Tokenizer.Read(RepositoryFiles.Path("samples", "base", "tokenizer.json"));
        var results = new StudyResults(ResultsPath);
        var sets = StudyPlan.Sets.ToDictionary(name => name, name => new StudySet(name, tokenizer));
        var runner = new StudyRunner(results, sets, say);
        foreach (var stage in StudyPlan.Stages)
        {
            runner.Run(stage.Name, stage.Cases(results.All));
        }

        StudyPage.Write(results.All);
        return new { cases = results.All.Count };
    }

    /// <summary>Writes the page from the results that there are, and runs nothing.</summary>
    public static object Report(Action<string> say)
    {
        var results = new StudyResults(ResultsPath);
        StudyPage.Write(results.All);
        say($"docs/methods.md: tables and figures of {results.All.Count} results");
        return new { cases = results.All.Count };
    }
}
