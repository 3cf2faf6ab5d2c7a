using System.Text.Encodings.Web;
using System.Text.Json;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>Reads a <see cref="SimulationConfig"/> from JSON; comments and trailing commas are allowed.</summary>
public static class SimulationConfigFile
{
    // Names of clients are for people; nothing here ends in a script or attribute unescaped.
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a file; relative paths in it are relative to its folder.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or it has faults; all are listed.</exception>
    public static SimulationConfig Read(string path) =>
        Parse(ConfigFile.Load(path), path, Path.GetDirectoryName(Path.GetFullPath(path))!);

    /// <summary>Reads JSON from memory.</summary>
    /// <param name="json">UTF-8, with or without byte order mark.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <exception cref="ConfigException">It has faults; all are listed.</exception>
    public static SimulationConfig Parse(ReadOnlyMemory<byte> json, string source, string folder) =>
        ConfigFile.Parse(json, source, root => new SimulationConfigReader(source, folder).Read(root));

    /// <summary>
    /// The configuration in effect, as JSON that <see cref="Parse"/> reads: defaults filled in, paths full.
    /// </summary>
    public static string ToJson(SimulationConfig config) => SimulationConfigWriter.Write(config).ToJsonString(Indented);
}
