// Goal: a whole federated run learns the same on both engines. Method: the simulation of the shipped sample, shorter,
// without privacy and with one seed, so that all batches are the same and nothing but rounding differs.
using System.Text;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Engines.Tests.Conformance;
using FedLowRank.Tests;
using FedLowRank.Training;

namespace FedLowRank.Engines.Tests.Runs;

public sealed class FederatedRunTests(ITestOutputHelper output)
{
    [Fact]
    public void A_run_without_privacy_is_as_accurate_on_one_engine_as_on_the_other()
    {
        var (cpu, torch) = (Run(EngineKind.Cpu), Run(EngineKind.Torch));
        foreach (var (name, result) in new[] { ("CPU engine", cpu), ("Torch", torch) })
        {
            output.WriteLine(
                $"{name}: accuracy {result.Untrained.Accuracy:0.0000} -> {result.Final.Accuracy:0.0000}, "
                + $"loss {result.Untrained.Loss:0.00000} -> {result.Final.Loss:0.00000}");
        }

        Assert.True(cpu.Final.Loss < cpu.Untrained.Loss - 0.3, "nothing was learnt");
        Assert.True(cpu.Final.Accuracy > cpu.MajorityAccuracy + 0.1, "nothing was learnt");
        Assert.InRange(Math.Abs(torch.Final.Loss - cpu.Final.Loss), 0, 0.01);
        Assert.InRange(Math.Abs(torch.Final.Accuracy!.Value - cpu.Final.Accuracy!.Value), 0, 0.01);
    }

    private static SimulationResult Run(EngineKind kind)
    {
        var folder = RepositoryFiles.Path("samples", "debian-topics");
        var json = File.ReadAllText(Path.Combine(folder, "federated.json"))
            .Replace("\"rounds\": 6", "\"rounds\": 2", StringComparison.Ordinal)
            .Replace("\"tokensMax\": 48", "\"tokensMax\": 24", StringComparison.Ordinal);
        var config = SimulationConfigFile.Parse(Encoding.UTF8.GetBytes(json), "federated.json", folder);
        Assert.Equal(2, config.Rounds);
        using var model = LoadedModel.Open(
            RepositoryFiles.Path("samples", "base"), (sizes, weights) => kind.Create(sizes, weights));
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        return new Simulator(model, new CryptographicRandomSource(), TimeProvider.System)
            .Run(config, data, new Silence(), TestContext.Current.CancellationToken);
    }

    private sealed class Silence : ISimulationProgress
    {
        public void Began(string name, int rounds, long examplesExpected)
        {
        }

        public void Processed(int examples)
        {
        }

        public void RoundDone(RoundResult round)
        {
        }
    }
}
