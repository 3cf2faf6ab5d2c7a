namespace FedLowRank.Benchmarks.Service;

/// <summary>The service under load: a server by itself, and its agents in this process.</summary>
internal static class ServiceBenchmark
{
    public static async Task<object> RunAsync(Action<string> say)
    {
        using var place = new Workplace();
        var thousand = await new ThousandAgents(place, say).MeasureAsync();
        var ingest = await new Ingest(place, say).MeasureAsync();
        var memory = await new RoundMemory(place, say).MeasureAsync();
        return new
        {
            next_task_seconds = thousand.NextTaskSeconds,
            idle_kib_per_agent = thousand.IdleKib,
            ingest_vs_copy = ingest,
            memory_1000_vs_10 = memory,
            recovery_seconds = thousand.HealthSeconds,
        };
    }
}
