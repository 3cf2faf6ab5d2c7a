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
internal sealed record Listener(ListenerKind Kind);
