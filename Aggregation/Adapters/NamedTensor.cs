namespace FedLowRank.Aggregation.Adapters;

/// <summary>
/// A float64 master tensor outside the low-rank pairs, for example of the task head. Never written again.
/// </summary>
public sealed class NamedTensor
{
    private readonly double[] values;

    /// <summary>Takes ownership of the values, row-major.</summary>
    /// <exception cref="ArgumentException">The length does not fit the shape.</exception>
    public NamedTensor(TensorSpec spec, double[] values, bool isTrained = true)
    {
        if (values.Length != spec.Count)
        {
            throw new ArgumentException(
                $"{spec.Name} has {values.Length} values; expected {spec.Count}", nameof(values));
        }

        Spec = spec;
        this.values = values;
        IsTrained = isTrained;
    }

    /// <summary>Name and shape.</summary>
    public TensorSpec Spec { get; }

    /// <summary>The values, rows x columns.</summary>
    public ReadOnlySpan<double> Values => values;

    /// <summary>False for a tensor that all share and no round changes.</summary>
    public bool IsTrained { get; }

    /// <summary>The same tensor with other values.</summary>
    /// <inheritdoc cref="NamedTensor(TensorSpec, double[], bool)" path="/exception"/>
    public NamedTensor With(double[] newValues) => new(Spec, newValues, IsTrained);
}
