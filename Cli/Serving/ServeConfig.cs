using System.Net;
using FedLowRank.Federation.Hosting;
using FedLowRank.Gateway.Access;

namespace FedLowRank.Cli.Serving;

/// <summary>What a server is told at its start; what is null is said nowhere, and has its default.</summary>
internal sealed record ServeConfig
{
    /// <summary>The server's data.</summary>
    public string? Folder { get; init; }

    /// <summary>The agent listener.</summary>
    public IPEndPoint? Agents { get; init; }

    /// <summary>The admin listener, on which agents also enrol.</summary>
    public IPEndPoint? Admin { get; init; }

    /// <summary>Host names and addresses that agents and people dial.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>File with the passphrase of the authority's key.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>Without tokens, on loopback only.</summary>
    public bool? IsDevelopment { get; init; }

    /// <summary>The identity provider whose users may use the admin listener; from a file only.</summary>
    public OidcOptions? Oidc { get; init; }

    /// <summary>What is kept of past rounds; from a file only.</summary>
    public RetentionOptions? Retention { get; init; }

    /// <summary>What is said here, and where nothing is, what is said there.</summary>
    public ServeConfig Or(ServeConfig other) => new()
    {
        Folder = Folder ?? other.Folder,
        Agents = Agents ?? other.Agents,
        Admin = Admin ?? other.Admin,
        Names = Names ?? other.Names,
        PassphraseFile = PassphraseFile ?? other.PassphraseFile,
        IsDevelopment = IsDevelopment ?? other.IsDevelopment,
        Oidc = Oidc ?? other.Oidc,
        Retention = Retention ?? other.Retention,
    };
}
