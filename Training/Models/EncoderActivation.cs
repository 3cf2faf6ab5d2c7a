namespace FedLowRank.Training.Models;

/// <summary>The non-linearity of a feed-forward layer.</summary>
public enum EncoderActivation
{
    /// <summary>x Phi(x), with the exact normal distribution function (<c>gelu</c>).</summary>
    Gelu,

    /// <summary>
    /// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) (<c>gelu_new</c>, <c>gelu_pytorch_tanh</c>).
    /// </summary>
    GeluTanh,

    /// <summary>max(x, 0) (<c>relu</c>).</summary>
    Relu,
}
