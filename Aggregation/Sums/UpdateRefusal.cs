namespace FedLowRank.Aggregation.Sums;

/// <summary>
/// Why an update does not enter a sum. An index counts values within the named tensor, row-major, from 0.
/// </summary>
public abstract record UpdateRefusal
{
    private UpdateRefusal()
    {
    }

    /// <summary>One sentence that names field, value and limit.</summary>
    public abstract string Message { get; }

    /// <summary>The vector has not the layout's length.</summary>
    public sealed record WrongLength(int Length, int Expected) : UpdateRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"the update has {Length} values; the plan's layout has {Expected}";
    }

    /// <summary>A value is NaN or infinite.</summary>
    public sealed record NotFinite(string Tensor, int Index, float Value) : UpdateRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Tensor}[{Index}] is {Value}; values must be finite";
    }

    /// <summary>A magnitude exceeds the tensor's bound.</summary>
    public sealed record OutOfBound(string Tensor, int Index, float Value, double Bound) : UpdateRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Tensor}[{Index}] is {Value}; the plan's bound is {Bound}";
    }

    /// <summary>A value is no integer multiple of the tensor's step.</summary>
    public sealed record OffGrid(string Tensor, int Index, float Value, double Step) : UpdateRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Tensor}[{Index}] is {Value}, no multiple of the plan's step {Step}";
    }

    /// <summary>The weight is below 1 or above the limit.</summary>
    public sealed record WeightOutOfRange(int Weight, int WeightMax) : UpdateRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"the weight is {Weight}; it must lie between 1 and {WeightMax}";
    }

    /// <summary>The sum already holds as many updates as it may.</summary>
    public sealed record TooManyAgents(int AgentsMax) : UpdateRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"the sum already holds {AgentsMax} updates, the most it may";
    }
}
