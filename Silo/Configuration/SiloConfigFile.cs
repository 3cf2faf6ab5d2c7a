using FedLowRank.Federation.Configuration;

namespace FedLowRank.Silo.Configuration;

/// <summary>Reads the configuration of a process from JSON; relative paths are relative to the file's folder.</summary>
internal static class SiloConfigFile
{
    /// <summary>All that <c>run</c> needs.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or it has faults; all are listed.</exception>
    public static SiloConfig Read(string path) => ConfigFile.Parse(
        ConfigFile.Load(path), path, root =>
        {
            var config = new SiloConfigReader(root, FolderOf(path)).Read();
            root.RefuseUnknown();
            return config;
        });

    /// <summary>The connection string of the database, from a file that may say less than <c>run</c> needs.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or it names no database.</exception>
    public static string ReadDatabase(string path) => ConfigFile.Parse(
        ConfigFile.Load(path), path, root => new SiloConfigReader(root, FolderOf(path)).ReadDatabase());

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;
}
