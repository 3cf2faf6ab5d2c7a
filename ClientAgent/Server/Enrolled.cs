using FedLowRank.Federation.Identity.AgentKeys;

namespace FedLowRank.ClientAgent.Server;

/// <summary>An agent that has a certificate.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="Server">Where it will connect.</param>
/// <param name="IsNew">False where the invite had been redeemed here before.</param>
/// <param name="WrotePolicy">Whether there was no policy, and the template is there now.</param>
internal sealed record Enrolled(AgentIdentity Identity, Uri Server, bool IsNew, bool WrotePolicy);
