using FedLowRank.Federation.Service;

namespace FedLowRank.ClientAgent.Logs;

/// <summary>What <c>trouble.json</c> holds: the last error, and the lines before it, as the server may see them.</summary>
internal sealed record TroubleNote(AgentError Error, IReadOnlyList<LogLine> Lines);
