using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Gateway.Access;

/// <summary>Reads the identity provider of a server's configuration.</summary>
public static class OidcConfig
{
    /// <param name="oidc">The object; its faults are added to it.</param>
    /// <param name="fullPath">Gives a path of the file in full.</param>
    public static OidcOptions Read(ConfigObject oidc, Func<string, string> fullPath)
    {
        var roles = oidc.Object("roles");
        var groups = roles.Names.ToList();
        var options = new OidcOptions
        {
            Rules = new(
                oidc.Text("issuer"), oidc.Text("audience"), oidc.Text("groupsClaim", "groups"),
                groups.Select(group => new GroupRole(group, roles.Choice<AdminRole>(group))).ToValueList()),
            Discovery = oidc.OptionalText("discovery") is { } address ? Address(oidc, "discovery", address) : null,
            KeysFile = oidc.OptionalText("keysFile") is { } file ? fullPath(file) : null,
        };
        if (groups.Count == 0) oidc.Fail("roles", "names no group; expected for example { \"fed-owners\": \"owner\" }");
        oidc.RefuseUnknown();
        return options;
    }

    private static Uri? Address(ConfigObject oidc, string name, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address)) return address;
        oidc.Fail(name, $"is \"{text}\"; expected an https address");
        return null;
    }
}
