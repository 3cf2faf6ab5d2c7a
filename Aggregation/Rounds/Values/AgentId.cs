namespace FedLowRank.Aggregation.Rounds.Values;

/// <summary>Name of an agent, unique on the server.</summary>
public sealed record AgentId
{
    /// <summary>Checks the text.</summary>
    /// <exception cref="ArgumentException">
    /// Not 1 to 64 letters, digits, '.', '_' or '-' beginning with a letter or digit.
    /// </exception>
    public AgentId(string value) => Value = Identifier.Require(value, "agent");

    /// <summary>The text, compared ordinally.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
