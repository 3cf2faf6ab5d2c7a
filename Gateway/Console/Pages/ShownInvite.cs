using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Gateway.Console.Pages;

/// <summary>An invite as it is shown, once.</summary>
/// <param name="Agent">Whom it is for.</param>
/// <param name="Text">The word to give them.</param>
/// <param name="Expires">When it ends.</param>
public sealed record ShownInvite(AgentId Agent, string Text, DateTimeOffset Expires);
