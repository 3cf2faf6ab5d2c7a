using System.Text.Json;
using FedLowRank.Benchmarks;
using FedLowRank.Benchmarks.Cluster;
using FedLowRank.Benchmarks.Methods;
using FedLowRank.Benchmarks.Service;

var benchmarks = new Dictionary<string, Func<Action<string>, Task<object>>>(StringComparer.Ordinal)
{
    ["training"] = say => Task.FromResult(TrainingBenchmark.Run(say)),
    ["refresh"] = say => Task.FromResult(RefreshBenchmark.Run(say)),
    ["cluster"] = ClusterBenchmark.RunAsync,
    ["cluster-refresh"] = say => Task.FromResult<object>(ModulesRefresh.Measure(say)),
    ["agents"] = say => Task.FromResult(AgentsBenchmark.Run(say)),
    ["service"] = ServiceBenchmark.RunAsync,
    ["service-huge"] = HugeUpdate.RunAsync,
    ["methods"] = say => Task.FromResult(MethodStudy.Run(say)),
    ["methods-report"] = say => Task.FromResult(MethodStudy.Report(say)),
};
if (ServerProcess.TryServe(args) is { } exitCode)
{
    return exitCode;
}

if (TrainingBenchmark.TryRunMemory(args) || AgentsBenchmark.TryRunPart(args)
    || await SingleProcess.TryRunPartAsync(args))
{
    return 0;
}

if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out var benchmark) || args.Skip(1).Any(a => a != "--json"))
{
    Console.Error.WriteLine($"usage: bench NAME [--json], where NAME is one of {string.Join(", ", benchmarks.Keys)}");
    return 2;
}

var figures = await benchmark(Console.WriteLine);
if (args.Contains("--json"))
{
    Console.WriteLine(JsonSerializer.Serialize(figures, FiguresJson.Options));
}

return 0;
