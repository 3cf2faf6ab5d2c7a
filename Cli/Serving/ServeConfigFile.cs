using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Planning;
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
                Agents = root.Endpoint("agents"),
                Admin = root.Endpoint("admin"),
                Names = root.Has("names") ? root.Texts("names") : null,
                PassphraseFile =
                    root.OptionalText("passphraseFile") is { } file ? sections.FullPath(file) : null,
                IsDevelopment = root.Has("dev") ? root.Flag("dev") : null,
                Retention = root.OptionalObject("retention") is { } retention ? Retention(retention) : null,
                Oidc = root.OptionalObject("oidc") is { } oidc ? OidcConfig.Read(oidc, sections.FullPath) : null,
            };
            root.RefuseUnknown();
            return config;
        });
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
}
