using FedLowRank.Federation.Service;

namespace FedLowRank.ClientAgent.Logs;

/// <summary>In <c>trouble.json</c>: the last error, and the lines until it, as the server may see them.</summary>
internal sealed record TroubleNote(AgentError Error, IReadOnlyList<LogLine> Lines);
