using System.Text.Json;

namespace FedLowRank.Federation.Configuration;

/// <summary>Reads configurations from JSON; comments and trailing commas are allowed.</summary>
public static class ConfigFile
{
    private const int BytesMax = 1 << 20;

    /// <summary>The bytes of a file of at most 1 MiB.</summary>
    /// <exception cref="ConfigException">It cannot be read.</exception>
    public static byte[] Load(string path)
    {
        if (path.Length == 0)
        {
            throw new ConfigException("config", [new ConfigError("", "is empty; expected the path of a JSON file")]);
        }

        try
        {
            if (new FileInfo(path) is { Length: > BytesMax } file)
            {
                var fault = new ConfigError("", $"has {file.Length} bytes; expected at most {BytesMax}");
                throw new ConfigException(path, [fault]);
            }

            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(path, [new ConfigError("", $"cannot be read: {e.Message}")]);
        }
    }

    /// <summary>Reads one object with all that is wrong with it.</summary>
    /// <param name="json">UTF-8, with or without byte order mark.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="read">Reads the object; adds faults to it.</param>
    /// <exception cref="ConfigException">It has faults; all are listed.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> json, string source, Func<ConfigObject, T> read)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        var errors = new List<ConfigError>();
        var options = new JsonDocumentOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
        };
        try
        {
            using var document = JsonDocument.Parse(json, options);
            var config = read(new ConfigObject(document.RootElement, "", errors));
            if (errors.Count == 0)
            {
                return config;
            }
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

        throw new ConfigException(source, errors);
    }
}
