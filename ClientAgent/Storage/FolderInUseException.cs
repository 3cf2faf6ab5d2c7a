namespace FedLowRank.ClientAgent.Storage;

/// <summary>Another process has the agent's folder.</summary>
internal sealed class FolderInUseException(string message, Exception inner) : Exception(message, inner);
