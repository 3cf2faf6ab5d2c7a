using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;

namespace FedLowRank.Federation.Hosting;

/// <summary>The profile that a server writes for its first owner.</summary>
public static class OwnerProfile
{
    /// <summary>
    /// Writes the first owner's token where only the server's user can read it, and keeps the address beside it true.
    /// </summary>
    /// <param name="file">Where to.</param>
    /// <param name="users">Makes the first owner where there is none.</param>
    /// <param name="authority">The server's own.</param>
    /// <param name="server">Base address of the admin listener.</param>
    /// <param name="now">Tells which users are active.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>A warning where there is nothing to write.</returns>
    /// <exception cref="IdentityFileException">The file is there and cannot be used.</exception>
    public static async Task<string?> KeepAsync(
        string file, IUserService users, CertificateAuthority authority, Uri server, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var token = File.Exists(file) ? ProfileFile.Read(file).Token : null;
        var known = await users.ListAsync(cancellationToken);
        var hasOwner = known.Any(user => user.Role == AdminRole.Owner && user.IsActive(now));
        if ((token is null || !hasOwner) && await users.BootstrapAsync(cancellationToken) is { } made)
            token = AdminTokenText.Write(made);
        if (token is null) return $"{file} is not there; use a profile of another owner";
        ProfileFile.Write(file, new()
        {
            Server = server,
            Authority = authority.Fingerprint,
            Certificate = authority.Certificate,
            Token = token,
        });
        return null;
    }
}
