using FedLowRank.Federation.Configuration;

namespace FedLowRank.Federation.Planning;

/// <summary>Reads a <see cref="RunConfig"/> from JSON; comments and trailing commas are allowed.</summary>
public static class RunConfigFile
{
    /// <summary>Reads a file; relative paths in it are relative to its folder.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or it has faults; all are listed.</exception>
    public static RunConfig Read(string path) =>
        Parse(ConfigFile.Load(path), path, Path.GetDirectoryName(Path.GetFullPath(path))!);

    /// <summary>Reads JSON from memory.</summary>
    /// <param name="json">UTF-8, with or without byte order mark.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <exception cref="ConfigException">It has faults; all are listed.</exception>
    public static RunConfig Parse(ReadOnlyMemory<byte> json, string source, string folder) =>
        ConfigFile.Parse(json, source, root => new RunConfigReader(source, folder).Read(root));
}
