namespace FedLowRank.Privacy.Accounting;

/// <summary>
/// Turns what was done to the data into a guarantee. Every accountant gives an upper bound, never an estimate.
/// </summary>
public interface IAccountant
{
    /// <summary>Short name for reports, for example <c>rdp</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Epsilon of all events together at the given delta, under adding or removing one record. At least 0, never
    /// NaN; infinite if there is no guarantee.
    /// </summary>
    /// <param name="events">What was done, in any order; empty costs nothing.</param>
    /// <param name="delta">Strictly between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Delta is not between 0 and 1.</exception>
    double Epsilon(IReadOnlyList<MechanismEvent> events, double delta);
}
