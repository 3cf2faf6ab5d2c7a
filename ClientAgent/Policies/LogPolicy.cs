using FedLowRank.ClientAgent.Logs;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>How much of the agent's log the server may see when something went wrong.</summary>
/// <param name="Lines">Of the last lines, from 1 to <see cref="Federation.Service.AgentTrouble.LinesMax"/>.</param>
/// <param name="Level">The least that a line must matter.</param>
internal sealed record LogPolicy(int Lines, LineLevel Level);
