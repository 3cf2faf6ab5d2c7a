using System.Net;
using FedLowRank.Cli.Simulation.Configuration;

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
            };
            root.RefuseUnknown();
            return config;
        });
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
