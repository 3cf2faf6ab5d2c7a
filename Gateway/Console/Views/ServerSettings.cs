using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>What a server was told at its start, and what it made of it.</summary>
/// <param name="Name">By which it is handed out.</param>
/// <param name="Version">Of its program.</param>
/// <param name="Admin">Where people connect.</param>
/// <param name="Agents">Where agents connect.</param>
/// <param name="Names">In its certificate.</param>
/// <param name="Authority">SHA-256 of its authority's certificate: what agents pin.</param>
/// <param name="AuthorityEnds">When that runs out.</param>
/// <param name="CertificateEnds">When the server's own does.</param>
/// <param name="AgentLifetime">Of agents' certificates.</param>
/// <param name="Retention">What goes; null where nothing ever does.</param>
/// <param name="IdentityProvider">Whose tokens are taken; null for none but the server's own.</param>
/// <param name="IsDevelopment">Whether nobody is asked for a token.</param>
public sealed record ServerSettings(
    string Name, string Version, Uri Admin, Uri Agents, IReadOnlyList<string> Names, BlobHash Authority,
    DateTimeOffset AuthorityEnds, DateTimeOffset CertificateEnds, TimeSpan AgentLifetime, RetentionOptions? Retention,
    string? IdentityProvider, bool IsDevelopment);
