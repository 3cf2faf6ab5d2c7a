namespace FedLowRank.Aggregation.Methods;

/// <summary>Whose turn it is where rounds train B and A in turn: B first, each for a number of rounds.</summary>
internal readonly record struct Turns
{
    private readonly int period;

    /// <param name="period">Rounds on one side before the other's turn, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The period is below 1.</exception>
    public Turns(int period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 1);
        this.period = period;
    }

    /// <summary>True where round <paramref name="round"/> (from 0) trains A, false where it trains B.</summary>
    public bool TrainsA(int round) => round / period % 2 == 1;

    /// <summary>True where round <paramref name="round"/> trains another factor than the round before.</summary>
    public bool IsFirst(int round) => round > 0 && TrainsA(round) != TrainsA(round - 1);
}
