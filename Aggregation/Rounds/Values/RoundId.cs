namespace FedLowRank.Aggregation.Rounds.Values;

/// <summary>
/// One attempt at one round. A round that is tried again, after a missed quorum or a rollback, has the same number and
/// a higher attempt, so two attempts of a run never share an id.
/// </summary>
/// <param name="Number">The round, from 1.</param>
/// <param name="Attempt">From 1.</param>
public sealed record RoundId(int Number, int Attempt)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Number}.{Attempt}");
}
