using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>
/// What a certificate says that passed <see cref="PeerCheck.Agent"/>. Whether the server still admits it is for the
/// agent's enrolment to say.
/// </summary>
/// <param name="Agent">Whose it is.</param>
/// <param name="Serial">Its number.</param>
/// <param name="NotAfter">When it expires.</param>
public sealed record AgentCertificate(AgentId Agent, SerialNumber Serial, DateTimeOffset NotAfter);
