namespace FedLowRank.Federation.Planning;

/// <summary>
/// Texts that anybody may see, for a calibrated or CLoQ start. That they are public is a promise of whoever writes the
/// configuration: what is learnt from them costs no privacy.
/// </summary>
public sealed record PublicTextConfig
{
    /// <summary>A table with a header line, tab-separated, gzip-compressed if the name ends in .gz.</summary>
    public required string Path { get; init; }

    /// <summary>Column of the text.</summary>
    public required string TextColumn { get; init; }

    /// <summary>Column that says which split a text belongs to, or null to take every row.</summary>
    public required string? SplitColumn { get; init; }

    /// <summary>Its value for the texts to take; null without <see cref="SplitColumn"/>.</summary>
    public required string? Split { get; init; }

    /// <summary>Most texts, from the first on.</summary>
    public required int ExamplesMax { get; init; }
}
