namespace FedLowRank.ClientAgent.Server;

/// <summary>What came from the server is cut off or not of the form; another try may go better.</summary>
internal sealed class ChannelException(string message, Exception? inner = null) : Exception(message, inner);
