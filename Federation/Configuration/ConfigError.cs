namespace FedLowRank.Federation.Configuration;

/// <summary>One fault of a configuration.</summary>
/// <param name="Path">The field, for example <c>lora.targets[1]</c>; empty for the file as a whole.</param>
/// <param name="Message">The value and what was expected.</param>
public sealed record ConfigError(string Path, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";
}
