using System.Text;
using System.Text.Json;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>A few texts of the sample of speeches, cut short, and the small sample decoder.</summary>
internal sealed class SpeechesWorld : IDisposable
{
    public SpeechesWorld()
    {
        Folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
        var rows = TextTable.Read(RepositoryFiles.Path("samples", "speeches", "speeches.tsv.gz")).Rows
            .Where(row => row.Client is "Barack Obama" or "Andrew Jackson" or "Calvin Coolidge")
            .GroupBy(row => (row.Client, row.Split))
            .SelectMany(group => group.Take(group.Key.Split == "train" ? 12 : 5));
        File.WriteAllText(
            Path.Combine(Folder, "speeches.tsv"),
            "id\tsplit\tlabel\tclient\ttext\n" + string.Concat(rows.Select(
                row => $"{row.Id}\t{row.Split}\t{row.Label}\t{row.Client}\t{row.Text}\n")));
    }

    public string Folder { get; }

    private static string Model => JsonSerializer.Serialize(RepositoryFiles.Path("samples", "stories260k"));

    /// <summary>A configuration with changes, as <see cref="TinyWorld.Json"/> has them.</summary>
    public static string Json(params (string Old, string New)[] changes)
    {
        var json = $$"""
            {
              'name': 'speeches', 'task': 'nextToken', 'model': {{Model}},
              'data': { 'path': 'speeches.tsv', 'clientColumn': 'client', 'idColumn': 'id', 'tokensMax': 24 },
              'agents': { 'split': 'natural', 'nominalExamples': 12 },
              'method': { 'name': 'fedsvd', 'start': 'orthonormal' },
              'lora': { 'rank': 4, 'alpha': 4, 'targets': ['o_proj', 'down_proj'] },
              'rounds': 2,
              'training': { 'optimizer': 'sgd', 'learningRate': 1, 'localSteps': 3, 'batch': 6, 'gradientNormMax': 1 },
              'seed': 7, 'output': 'results'
            }
            """;
        foreach (var (old, @new) in changes)
        {
            Assert.Contains(old, json, StringComparison.Ordinal);
            json = json.Replace(old, @new, StringComparison.Ordinal);
        }

        return json.Replace('\'', '"');
    }

    public SimulationResult Run(
        CancellationToken cancellation, params (string Old, string New)[] changes)
    {
        var config = SimulationConfigFile.Parse(Encoding.UTF8.GetBytes(Json(changes)), "speeches.json", Folder);
        using var model = LoadedModel.Open(config.ModelFolder);
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        return new Simulator(model, new SeededRandomSource(1), TimeProvider.System)
            .Run(config, data, new TinyWorld.SilentProgress(), cancellation);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
