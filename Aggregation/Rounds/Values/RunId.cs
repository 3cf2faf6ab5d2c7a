namespace FedLowRank.Aggregation.Rounds.Values;

/// <summary>Name of a run, unique on the server.</summary>
public sealed record RunId
{
    /// <summary>Checks the text.</summary>
    /// <exception cref="ArgumentException">
    /// Not 1 to 64 letters, digits, '.', '_' or '-' beginning with a letter or digit.
    /// </exception>
    public RunId(string value) => Value = Identifier.Require(value, "run");

    /// <summary>The text, compared ordinally.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
