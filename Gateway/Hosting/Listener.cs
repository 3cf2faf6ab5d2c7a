namespace FedLowRank.Gateway.Hosting;

/// <summary>By which of the two doors a connection came in; a feature of the connection.</summary>
internal enum ListenerKind
{
    /// <summary>With a client certificate.</summary>
    Agent,

    /// <summary>Without.</summary>
    Admin,
}

/// <summary>The door, where it can be looked up by type.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Share">Of the peer's address; given back once the peer has proven who it is.</param>
internal sealed record Listener(ListenerKind Kind, IDisposable Share);
