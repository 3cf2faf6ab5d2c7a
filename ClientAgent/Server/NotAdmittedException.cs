namespace FedLowRank.ClientAgent.Server;

/// <summary>
/// The server does not take this agent any more, or the agent has no good certificate: trying again is no use.
/// </summary>
internal sealed class NotAdmittedException(string message) : Exception(message);
