using System.Text.Json;
using FedLowRank.Benchmarks;
using FedLowRank.Benchmarks.Cluster;
using FedLowRank.Benchmarks.Engines;
using FedLowRank.Benchmarks.Methods;
using FedLowRank.Benchmarks.Pages;
using FedLowRank.Benchmarks.Quantization;
using FedLowRank.Benchmarks.Service;

var options = args.Skip(1).ToList();
var (silo, agent, torch) = (Program("--silo"), Program("--agent"), Program("--torch"));
var benchmarks = new Dictionary<string, Func<Action<string>, Task<object>>>(StringComparer.Ordinal)
{
    ["quantization"] = say => Task.FromResult(QuantizationStudy.Run(say)),
    ["quantization-cost"] = say => Task.FromResult(FormatCosts.Run(say)),
    ["training"] = say => Task.FromResult(TrainingBenchmark.Run(say)),
    ["refresh"] = say => Task.FromResult(RefreshBenchmark.Run(say)),
    ["engines"] = say => Task.FromResult(EnginesBenchmark.Run(agent, torch, say)),
    ["cluster"] = say => ClusterBenchmark.RunAsync(silo, say),
    ["cluster-refresh"] = say => Task.FromResult<object>(ModulesRefresh.Measure(say)),
    ["cluster-run"] = RunBenchmark.RunAsync,
    ["agents"] = say => Task.FromResult(AgentsBenchmark.Run(say)),
    ["service"] = ServiceBenchmark.RunAsync,
    ["service-huge"] = HugeUpdate.RunAsync,
    ["console"] = ConsoleBenchmark.RunAsync,
    ["methods"] = say => Task.FromResult(MethodStudy.Run(say)),
    ["methods-report"] = say => Task.FromResult(MethodStudy.Report(say)),
};
if (ServerProcess.TryServe(args) is { } exitCode)
{
    return exitCode;
}

if (TrainingBenchmark.TryRunMemory(args) || FormatCosts.TryRunMemory(args) || AgentsBenchmark.TryRunPart(args)
    || await SingleProcess.TryRunPartAsync(args))
{
    return 0;
}

if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out var benchmark) ||
    options.Any(option => option != "--json"))
{
    var names = string.Join(", ", benchmarks.Keys);
    Console.Error.WriteLine($"usage: bench NAME [--json] [--silo|--agent|--torch PATH], where NAME is one of {names}");
    return 2;
}

var figures = await benchmark(Console.WriteLine);
if (args.Contains("--json"))
{
    Console.WriteLine(JsonSerializer.Serialize(figures, FiguresJson.Options));
}

return 0;

// The path that follows an option, which is taken out; null where it is not there.
string? Program(string name)
{
    if (options.IndexOf(name) is not (>= 0 and var at) || at + 1 >= options.Count) return null;
    var path = options[at + 1];
    options.RemoveRange(at, 2);
    return path;
}
