namespace FedLowRank.Cli.Demo.Servers;

/// <summary>
/// What the agents of the demo connect to: one process, or several. When it is disposed of, all of them have ended.
/// </summary>
internal interface IDemoServer : IAsyncDisposable
{
    /// <summary>The owner's profile, once it serves.</summary>
    string Profile { get; }

    /// <summary>Starts and waits until it serves.</summary>
    /// <param name="say">Hears what is there, one sentence after another.</param>
    /// <param name="cancellationToken">Stops.</param>
    Task<ServedAddresses> StartAsync(Action<string> say, CancellationToken cancellationToken);

    /// <summary>Kills a part that the service outlives.</summary>
    /// <returns>What was killed, for people; null where every part is needed.</returns>
    Task<string?> KillPartAsync();
}
