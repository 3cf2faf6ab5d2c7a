namespace FedLowRank.ClientAgent.Server;

/// <summary>How long an agent waits for things.</summary>
internal sealed record AgentTimings
{
    /// <summary>For the whole of a small request, or between two blocks of a large one.</summary>
    public TimeSpan Request { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Without a byte on the stream of orders, on which the server says something every 15 s.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Before the first new try.</summary>
    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Between later tries at most.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Between two tries to renew: where the clocks differ, a new certificate may look as old as the one before.
    /// </summary>
    public TimeSpan RenewalPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>For the last word to the server when the owner stops the agent.</summary>
    public TimeSpan Farewell { get; init; } = TimeSpan.FromSeconds(3);
}
