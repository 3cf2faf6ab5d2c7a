namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// Where A begins. But for <see cref="Cloq"/> B begins at 0, so the adapter begins as no change of the model.
/// </summary>
public enum FactorStart
{
    /// <summary>
    /// PEFT's default, kaiming_uniform with a = sqrt 5: independent uniform values within +-1 / sqrt(d_in).
    /// </summary>
    Kaiming,

    /// <summary>Orthonormal rows that span a uniformly random subspace.</summary>
    Orthonormal,

    /// <summary>
    /// The right singular vectors of the r largest singular values of W: the inputs to which the frozen layer responds
    /// most. Costs no privacy; all agents hold W.
    /// </summary>
    Principal,

    /// <summary>
    /// The eigenvectors of the r largest eigenvalues of the second moment E[x x^T] of the layer's input x on public
    /// text: the directions in which the inputs that A meets are largest. Costs no privacy; the text is public.
    /// </summary>
    Calibrated,

    /// <summary>
    /// The row space of a sketch s B^T G of the gradient G of the layer's weights, B random orthonormal, taken from the
    /// agents' private examples: one clipped sum with noise, which the privacy budget pays like a step of training.
    /// </summary>
    GradientSketch,

    /// <summary>
    /// A and B together make up for as much as rank r can of what quantisation did to the layer's outputs on public
    /// text; see <see cref="CloqStart"/>. For a quantised base only. Costs no privacy; the text is public.
    /// </summary>
    Cloq,
}
