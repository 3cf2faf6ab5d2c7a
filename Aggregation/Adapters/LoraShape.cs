namespace FedLowRank.Aggregation.Adapters;

/// <summary>
/// Shape of the low-rank pair on one linear layer: y = W x + b + (alpha / r) B A x, with A of r x d_in and B of
/// d_out x r (LoRA, arXiv 2106.09685, section 4.1).
/// </summary>
public sealed record LoraShape
{
    /// <summary>Creates a shape.</summary>
    /// <exception cref="ArgumentException">A width or the rank is below 1, the rank exceeds a width, or alpha is not
    /// positive and finite.</exception>
    public LoraShape(string module, int inputWidth, int outputWidth, int rank, double alpha)
    {
        ArgumentException.ThrowIfNullOrEmpty(module);
        ArgumentOutOfRangeException.ThrowIfLessThan(inputWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rank, Math.Min(inputWidth, outputWidth));
        if (!double.IsFinite(alpha) || alpha <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "alpha must be positive and finite");
        }

        Module = module;
        InputWidth = inputWidth;
        OutputWidth = outputWidth;
        Rank = rank;
        Alpha = alpha;
    }

    /// <summary>Full name of the adapted linear layer in the base model, without <c>.weight</c>.</summary>
    public string Module { get; }

    /// <summary>d_in.</summary>
    public int InputWidth { get; }

    /// <summary>d_out.</summary>
    public int OutputWidth { get; }

    /// <summary>r.</summary>
    public int Rank { get; }

    /// <summary>LoRA alpha; the product B A is scaled by alpha / r.</summary>
    public double Alpha { get; }

    /// <summary>alpha / r.</summary>
    public double Scale => Alpha / Rank;

    /// <summary>A: r x d_in.</summary>
    public TensorSpec A => new(Module + ".lora_A.weight", Rank, InputWidth);

    /// <summary>
    /// R: r x r, between the factors in y = W x + b + (alpha / r) B R A x; the identity where an adapter does not hold
    /// it.
    /// </summary>
    public TensorSpec Inner => new(Module + ".lora_R.weight", Rank, Rank);

    /// <summary>B: d_out x r.</summary>
    public TensorSpec B => new(Module + ".lora_B.weight", OutputWidth, Rank);

    /// <summary>The same layer and the same alpha / r with another rank.</summary>
    /// <exception cref="ArgumentException">The rank is below 1 or exceeds a width.</exception>
    public LoraShape WithRank(int rank) => new(Module, InputWidth, OutputWidth, rank, Alpha * rank / Rank);
}
