namespace FedLowRank.Gateway.Console.Sessions;

/// <summary>
/// A browser that is signed in. It holds the person's token, so that whatever ends the token ends the session with the
/// next request, and no server needs to remember it.
/// </summary>
/// <param name="Token">The word that the person signed in with.</param>
/// <param name="Expires">When they must sign in again, whatever they do.</param>
/// <param name="Id">Random; what its forms are bound to.</param>
internal sealed record ConsoleSession(string Token, DateTimeOffset Expires, string Id);
