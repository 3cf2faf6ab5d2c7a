using System.Text.Encodings.Web;
using System.Text.Json;

namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>Reads a <see cref="SimulationConfig"/> from JSON; comments and trailing commas are allowed.</summary>
public static class SimulationConfigFile
{
    private const int BytesMax = 1 << 20;

    // Names of clients are for people; nothing here ends in a script or attribute unescaped.
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a file; relative paths in it are relative to its folder.</summary>
    /// <exception cref="ConfigException">The file cannot be read, or it has faults; all are listed.</exception>
    public static SimulationConfig Read(string path)
    {
        if (path.Length == 0)
        {
            throw new ConfigException("config", [new ConfigError("", "is empty; expected the path of a JSON file")]);
        }

        byte[] json;
        try
        {
            if (new FileInfo(path) is { Length: > BytesMax } file)
            {
                var fault = new ConfigError("", $"has {file.Length} bytes; expected at most {BytesMax}");
                throw new ConfigException(path, [fault]);
            }

            json = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(path, [new ConfigError("", $"cannot be read: {e.Message}")]);
        }

        return Parse(json, path, Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Reads JSON from memory.</summary>
    /// <param name="json">UTF-8, with or without byte order mark.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <exception cref="ConfigException">It has faults; all are listed.</exception>
    public static SimulationConfig Parse(ReadOnlyMemory<byte> json, string source, string folder)
    {
        var errors = new List<ConfigError>();
        var config = TryRead(json, source, folder, errors);
        return config is not null && errors.Count == 0 ? config : throw new ConfigException(source, errors);
    }

    /// <summary>
    /// The configuration in effect, as JSON that <see cref="Parse"/> reads: defaults filled in, paths full.
    /// </summary>
    public static string ToJson(SimulationConfig config) => SimulationConfigWriter.Write(config).ToJsonString(Indented);

    private static SimulationConfig? TryRead(
        ReadOnlyMemory<byte> json, string source, string folder, List<ConfigError> errors)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        var options = new JsonDocumentOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
        };
        try
        {
            using var document = JsonDocument.Parse(json, options);
            return new SimulationConfigReader(source, folder).Read(new ConfigObject(document.RootElement, "", errors));
        }
        catch (JsonException e)
        {
            errors.Add(new ConfigError("", $"is not valid JSON: {e.Message}"));
        }
        catch (InvalidOperationException)
        {
            // The JSON reader decodes a text when it is asked for; this is its only complaint at that time.
            errors.Add(new ConfigError("", "holds half of a surrogate pair"));
        }

        return null;
    }
}
