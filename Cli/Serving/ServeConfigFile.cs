using System.Net;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Access;

namespace FedLowRank.Cli.Serving;

/// <summary>Reads a server's configuration from JSON; the names are those of the options.</summary>
internal static class ServeConfigFile
{
    /// <summary>Reads a file; relative paths in it are relative to its folder.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or it has faults; all are listed.</exception>
    public static ServeConfig Read(string path)
    {
        var sections = new ConfigSections(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return ConfigFile.Parse(ConfigFile.Load(path), path, root =>
        {
            var config = new ServeConfig
            {
                Folder = root.OptionalText("folder") is { } folder ? sections.FullPath(folder) : null,
                Agents = Endpoint(root, "agents"),
                Admin = Endpoint(root, "admin"),
                Names = root.Has("names") ? root.Texts("names") : null,
                PassphraseFile =
                    root.OptionalText("passphraseFile") is { } file ? sections.FullPath(file) : null,
                IsDevelopment = root.Has("dev") ? root.Flag("dev") : null,
                Retention = root.OptionalObject("retention") is { } retention ? Retention(retention) : null,
                Oidc = root.OptionalObject("oidc") is { } oidc ? Oidc(oidc, sections) : null,
            };
            root.RefuseUnknown();
            return config;
        });
    }

    private static OidcOptions Oidc(ConfigObject oidc, ConfigSections sections)
    {
        var roles = oidc.Object("roles");
        var groups = roles.Names.ToList();
        var options = new OidcOptions
        {
            Rules = new(
                oidc.Text("issuer"), oidc.Text("audience"), oidc.Text("groupsClaim", "groups"),
                groups.Select(group => new GroupRole(group, roles.Choice<AdminRole>(group))).ToValueList()),
            Discovery = oidc.OptionalText("discovery") is { } address ? Address(oidc, "discovery", address) : null,
            KeysFile = oidc.OptionalText("keysFile") is { } file ? sections.FullPath(file) : null,
        };
        if (groups.Count == 0) oidc.Fail("roles", "names no group; expected for example { \"fed-owners\": \"owner\" }");
        oidc.RefuseUnknown();
        return options;
    }

    private static RetentionOptions Retention(ConfigObject retention)
    {
        const int RoundsMax = 100_000;
        var minimum = (int)RetentionOptions.GraceMin.TotalHours;
        var options = new RetentionOptions
        {
            CheckpointRounds = retention.Has("checkpointRounds")
                ? retention.Integer("checkpointRounds", 1, RoundsMax)
                : null,
            UpdateRounds = retention.Has("updateRounds") ? retention.Integer("updateRounds", 1, RoundsMax) : null,
            Grace = TimeSpan.FromHours(retention.Integer("graceHours", minimum, 24 * 366, 24)),
        };
        retention.RefuseUnknown();
        return options;
    }

    private static Uri? Address(ConfigObject root, string name, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address)) return address;
        root.Fail(name, $"is \"{text}\"; expected an https address");
        return null;
    }

    private static IPEndPoint? Endpoint(ConfigObject root, string name)
    {
        if (root.OptionalText(name) is not { } text) return null;
        try
        {
            return ServeConfig.Endpoint(text);
        }
        catch (FormatException error)
        {
            root.Fail(name, $"is \"{text}\": {error.Message}");
            return null;
        }
    }
}
