using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// A layer norm, or where there is no bias an RMS norm (arXiv 1910.07467), over the last dimension; computed in F32.
/// </summary>
internal sealed class FrozenNorm : Module<Tensor, Tensor>
{
    private readonly Tensor weight;
    private readonly Tensor? bias;
    private readonly int width;
    private readonly double epsilon;

    public FrozenNorm(WeightReader reader, string file, int width, float epsilon, bool hasBias)
        : base(file)
    {
        this.width = width;
        this.epsilon = epsilon;
        weight = reader.Vector(file + ".weight", width);
        bias = hasBias ? reader.Vector(file + ".bias", width) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        var wide = x.to(ScalarType.Float32);
        if (bias is not null)
        {
            return functional.layer_norm(wide, [width], weight, bias, epsilon).to(x.dtype);
        }

        var meanSquare = wide.square().mean([-1], keepdim: true);
        return wide.mul(meanSquare.add(epsilon).rsqrt()).mul(weight).to(x.dtype);
    }
}
