namespace FedLowRank.Benchmarks.Service;

/// <summary>The service under load: a server by itself, and its agents in this process.</summary>
internal static class ServiceBenchmark
{
    public static async Task<object> RunAsync(Action<string> say)
    {
        using var place = new Workplace();
        var thousand = await new ThousandAgents(place, say).MeasureAsync();
        return new
        {
            thousand.NextTaskSeconds,
            IdleKibPerAgent = thousand.IdleKib,
            RecoverySeconds = thousand.HealthSeconds,
        };
    }
}
