using System.Collections.Immutable;

namespace FedLowRank.Federation.Configuration;

/// <summary>A configuration that cannot be run; it lists every fault, not the first only.</summary>
public sealed class ConfigException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="source">The file, or what else the configuration came from.</param>
    /// <param name="errors">At least one.</param>
    public ConfigException(string source, IEnumerable<ConfigError> errors)
        : this(source, [.. errors])
    {
    }

    private ConfigException(string source, ImmutableArray<ConfigError> errors)
        : base(string.Join(Environment.NewLine, errors.Select(e => $"{source}: {e}"))) => Errors = errors;

    /// <summary>The faults, in the order of the fields.</summary>
    public ImmutableArray<ConfigError> Errors { get; }

    /// <summary>
    /// The message without the name of our own parameter, which says nothing to the writer of a configuration.
    /// </summary>
    public static string TextOf(ArgumentException e) => e.ParamName is null
        ? e.Message
        : e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);
}
