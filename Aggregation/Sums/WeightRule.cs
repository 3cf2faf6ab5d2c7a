namespace FedLowRank.Aggregation.Sums;

/// <summary>
/// How much an agent's update counts in the mean. A declared weight comes from the owner's policy (a nominal number of
/// examples), never from a row count; the cap bounds the pull of a single agent.
/// </summary>
public abstract record WeightRule
{
    private WeightRule()
    {
    }

    /// <summary>
    /// The weight for an agent that declared <paramref name="declared"/>. <see cref="ExactSum"/> refuses a weight
    /// below 1.
    /// </summary>
    public abstract int WeightFor(int declared);

    /// <summary>Every agent counts 1, whatever it declares.</summary>
    public sealed record Equal : WeightRule
    {
        /// <inheritdoc/>
        public override int WeightFor(int declared) => 1;
    }

    /// <summary>An agent counts what it declares, but at most the cap.</summary>
    public sealed record Declared : WeightRule
    {
        /// <summary>Creates the rule.</summary>
        /// <exception cref="ArgumentOutOfRangeException">
        /// The cap is below 1 or above <see cref="ExactSum.WeightMax"/>.
        /// </exception>
        public Declared(int cap)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(cap, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(cap, ExactSum.WeightMax);
            Cap = cap;
        }

        /// <summary>Largest weight.</summary>
        public int Cap { get; }

        /// <inheritdoc/>
        public override int WeightFor(int declared) => Math.Min(declared, Cap);
    }
}
