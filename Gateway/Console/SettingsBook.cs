using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Gateway.Console.Views;
using FedLowRank.Gateway.Hosting;

namespace FedLowRank.Gateway.Console;

/// <summary>What the settings page says of the server.</summary>
internal sealed class SettingsBook(
    GatewayOptions options, GatewayParts parts, BoundAddresses addresses, ServerCertificate certificate,
    IFederation federation, IBlobStore blobs)
{
    // As many as a disk lists in well under a second.
    private const int CountedMax = 10_000;

    /// <summary>As they are now.</summary>
    public ServerSettings Settings => new(
        options.Names[0], ProgramVersion.Text, addresses.Admin, addresses.Agent, options.Names,
        parts.Authority.Fingerprint, new(parts.Authority.Certificate.NotAfter.ToUniversalTime()),
        new(certificate.Current.TargetCertificate.NotAfter.ToUniversalTime()), parts.AgentCertificateLifetime,
        parts.Retention, options.Oidc?.Rules.Issuer, options.IsDevelopment);

    /// <summary>Everybody who ever had a token.</summary>
    public Task<IReadOnlyList<UserToken>> UsersAsync(CancellationToken cancellationToken) =>
        federation.Users.ListAsync(cancellationToken);

    /// <summary>How much is stored.</summary>
    /// <param name="isAll">Counts to the end, however long that takes; else to the first ten thousand.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<StorageCount> CountAsync(bool isAll, CancellationToken cancellationToken)
    {
        var (count, bytes) = (0L, 0L);
        await foreach (var blob in blobs.ListAsync(cancellationToken))
        {
            if (!isAll && count == CountedMax) return new(count, bytes, IsAll: false);
            (count, bytes) = (count + 1, bytes + blob.SizeBytes);
        }

        return new(count, bytes, IsAll: true);
    }
}
