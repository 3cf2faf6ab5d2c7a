using System.Text.Json;
using FedLowRank.Benchmarks;
using FedLowRank.Benchmarks.Methods;

var benchmarks = new Dictionary<string, Func<Action<string>, object>>(StringComparer.Ordinal)
{
    ["training"] = TrainingBenchmark.Run,
    ["refresh"] = RefreshBenchmark.Run,
    ["agents"] = AgentsBenchmark.Run,
    ["methods"] = MethodStudy.Run,
    ["methods-report"] = MethodStudy.Report,
};
if (TrainingBenchmark.TryRunMemory(args) || AgentsBenchmark.TryRunPart(args))
{
    return 0;
}

if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out var benchmark) || args.Skip(1).Any(a => a != "--json"))
{
    Console.Error.WriteLine($"usage: bench NAME [--json], where NAME is one of {string.Join(", ", benchmarks.Keys)}");
    return 2;
}

var figures = benchmark(Console.WriteLine);
if (args.Contains("--json"))
{
    Console.WriteLine(JsonSerializer.Serialize(figures, FiguresJson.Options));
}

return 0;
