using System.Diagnostics;
using System.Globalization;
using System.Text;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Tests;
using FedLowRank.Training;

namespace FedLowRank.Benchmarks;

/// <summary>
/// A private simulation of few and of many agents of the sample base, each in a process of its own, as a peak of memory
/// never falls: the peaks, and the time of one agent's share of a round, over each other.
/// </summary>
internal static class AgentsBenchmark
{
    private const string Part = "agents-part";
    private const int Few = 10, Many = 1000;

    /// <summary>Agents times rounds, the same for both, so that both do the same work.</summary>
    private const int Turns = 2000;

    public static object Run(Action<string> say)
    {
        var (few, many) = (Measure(Few), Measure(Many));
        var memory = many.Mebibytes / few.Mebibytes;
        var time = many.Seconds / few.Seconds;
        say($"{Few} agents: peak {few.Mebibytes:f0} MiB, {1000 * few.Seconds:f2} ms for an agent in a round");
        say($"{Many} agents: peak {many.Mebibytes:f0} MiB, {1000 * many.Seconds:f2} ms for an agent in a round");
        return new { memory_1000_vs_10 = memory, agent_round_seconds_1000_vs_10 = time };
    }

    /// <summary>Runs one simulation and prints its peak and time, in the process that was started for it.</summary>
    public static bool TryRunPart(string[] arguments)
    {
        if (arguments is not [Part, var count])
        {
            return false;
        }

        var config = Config(int.Parse(count, CultureInfo.InvariantCulture));
        using var model = LoadedModel.Open(config.ModelFolder);
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        var simulator = new Simulator(model, new CryptographicRandomSource(), TimeProvider.System);
        var rounds = simulator.Run(config, data, new Silence(), CancellationToken.None).Rounds;
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{self.PeakWorkingSet64 / (double)(1 << 20)} {rounds.Sum(r => r.Seconds) / Turns}"));
        return true;
    }

    private static (double Mebibytes, double Seconds) Measure(int agents)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(typeof(AgentsBenchmark).Assembly.Location);
        start.ArgumentList.Add(Part);
        start.ArgumentList.Add(agents.ToString(CultureInfo.InvariantCulture));
        using var process = Process.Start(start)!;
        var numbers = process.StandardOutput.ReadToEnd().Split(' ')
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        process.WaitForExit();
        return (numbers[0], numbers[1]);
    }

    /// <summary>About two examples in each agent's step, however many agents share the texts.</summary>
    private static SimulationConfig Config(int agents)
    {
        const int Texts = 7710;
        var nominal = Texts / agents;
        var json = $$"""
            {
              "name": "agents", "model": "samples/base",
              "data": { "path": "samples/debian-topics/debian_topics.tsv.gz", "idColumn": "id", "tokensMax": 32 },
              "agents": { "split": "iid", "count": {{agents}}, "nominalExamples": {{nominal}} },
              "method": { "name": "fedsvd" },
              "lora": { "rank": 8, "targets": ["query", "value"] },
              "rounds": {{Turns / agents}},
              "training": { "optimizer": "sgd", "learningRate": 1, "localSteps": 1, "batch": 2 },
              "privacy": { "epsilon": 50, "delta": 1e-5, "clip": 1 },
              "seed": 1, "evaluation": { "everyRounds": 100000 }, "output": "unused"
            }
            """;
        return SimulationConfigFile.Parse(Encoding.UTF8.GetBytes(json), "agents", RepositoryFiles.Path());
    }
}
