namespace FedLowRank.Cli.Tests.Runs;

/// <summary>A small run file.</summary>
internal static class SampleRun
{
    public const string Privacy = "'privacy': { 'epsilon': 4, 'delta': 1e-5, 'clip': 1 },";

    /// <summary>The file with some of it changed; double quotes are written as single ones.</summary>
    public static string Json(params (string Old, string New)[] changes)
    {
        var json = """
            {
              'model': 'model',
              'data': { 'labels': ['spam', 'ham'], 'tokensMax': 8 },
              'method': { 'name': 'fedsvd', 'period': 1, 'start': 'orthonormal' },
              'lora': { 'rank': 4, 'alpha': 8, 'targets': ['query'], 'head': 'output' },
              'rounds': 5,
              'training': { 'optimizer': 'sgd', 'learningRate': 0.3, 'localSteps': 3, 'samplingRate': 0.1 },
              'privacy': { 'epsilon': 4, 'delta': 1e-5, 'clip': 1 },
              'weights': 'equal',
              'seed': 7,
              'policy': { 'cohortSize': 3, 'quorum': 2 },
            }
            """;
        foreach (var (old, @new) in changes)
        {
            Assert.Contains(old, json, StringComparison.Ordinal);
            json = json.Replace(old, @new, StringComparison.Ordinal);
        }

        return json.Replace('\'', '"');
    }
}
