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

    /// <summary>Reads an address such as <c>127.0.0.1:8444</c> or <c>[::1]:8444</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static IPEndPoint Endpoint(string text) =>
        text.LastIndexOf(':') is > 0 and var colon && text.IndexOf(']', StringComparison.Ordinal) is var bracket &&
        (bracket < 0 ? text.IndexOf(':', StringComparison.Ordinal) == colon : bracket == colon - 1) &&
        IPEndPoint.TryParse(text, out var endpoint)
            ? endpoint
            : throw new FormatException($"'{text}' is no address to listen on; expected for example 127.0.0.1:8444");
}
