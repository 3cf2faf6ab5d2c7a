namespace FedLowRank.Aggregation.Rounds.Values;

/// <summary>Chosen by whoever gives a command, so that the same command sent again does nothing more.</summary>
public sealed record CommandId
{
    /// <summary>Checks the text.</summary>
    /// <exception cref="ArgumentException">
    /// Not 1 to 64 letters, digits, '.', '_' or '-' beginning with a letter or digit.
    /// </exception>
    public CommandId(string value) => Value = Identifier.Require(value, "command");

    /// <summary>The text, compared ordinally.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
