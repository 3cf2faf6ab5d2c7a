using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Console.Views;

namespace FedLowRank.Gateway.Console;

/// <summary>As many agents as one page shows.</summary>
/// <param name="Agents">In the order of their names.</param>
/// <param name="Before">How many of those that were found come before them.</param>
/// <param name="Found">How many were found.</param>
/// <param name="All">How many there are.</param>
/// <param name="Connected">How many of all are connected.</param>
/// <param name="Find">What they were found by: a part of a name, or a state; empty for all.</param>
public sealed record AgentSlice(
    IReadOnlyList<AgentRecord> Agents, int Before, int Found, int All, int Connected, string Find)
{
    /// <summary>Most agents of a page.</summary>
    public const int AgentsMax = 100;

    /// <summary>The name after which the next page begins; null where there is none.</summary>
    public string? Next => Before + Agents.Count < Found ? Agents[^1].State.Agent.Value : null;

    /// <summary>Whether not all agents are there.</summary>
    public bool IsPart => Agents.Count < All;

    /// <summary>The agents of a page.</summary>
    /// <param name="all">All agents, sorted by name.</param>
    /// <param name="find">See <see cref="Find"/>; null for all.</param>
    /// <param name="after">The page begins after this name; null for the first.</param>
    public static AgentSlice Of(IReadOnlyList<AgentRecord> all, string? find, string? after)
    {
        var words = find?.Trim() ?? "";
        var found = all.Where(agent => words.Length == 0 || IsFound(agent, words)).ToList();
        var before = after is null
            ? 0
            : found.TakeWhile(agent => string.CompareOrdinal(agent.State.Agent.Value, after) <= 0).Count();
        return new(
            [.. found.Skip(before).Take(AgentsMax)], before, found.Count, all.Count,
            all.Count(agent => agent.IsConnected), words);
    }

    private static bool IsFound(AgentRecord agent, string words) =>
        agent.State.Agent.Value.Contains(words, StringComparison.OrdinalIgnoreCase) ||
        AgentView.State(agent).StartsWith(words, StringComparison.OrdinalIgnoreCase);
}
