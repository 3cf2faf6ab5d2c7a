using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.LowRank;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>A frozen linear layer, y = x W^T + b, and what the round adds to it.</summary>
internal sealed class LinearLayer : Module<Tensor, Tensor>
{
    private readonly FrozenMatrix weight;
    private readonly Tensor? bias;

    /// <param name="reader">The model's weights.</param>
    /// <param name="module">Name as adapters call it, and widths.</param>
    /// <param name="file">Name in the files.</param>
    /// <param name="hasBias">False where b is 0 and not in the files.</param>
    /// <param name="isTransposed">True where the files hold W^T, d_in x d_out (GPT-2's Conv1D).</param>
    /// <param name="mayQuantize">False for what stays in the engine's precision in every format.</param>
    public LinearLayer(
        WeightReader reader, LinearModule module, string file, bool hasBias = true, bool isTransposed = false,
        bool mayQuantize = true)
        : base(module.Name)
    {
        Linear = module;
        bias = hasBias ? reader.Vector(file + ".bias", module.OutputWidth) : null;
        weight = reader.Linear(module, file + ".weight", isTransposed, mayQuantize);
        RegisterComponents();
    }

    /// <summary>Name, d_in and d_out.</summary>
    public LinearModule Linear { get; }

    /// <summary>What the round adds, or null.</summary>
    public LowRankPath? Path { get; set; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        using var w = weight.Values(x.dtype);
        var y = functional.linear(x, w, bias?.to(x.dtype));
        return Path == null ? y : y.add_(Path.Added(x));
    }

    /// <summary>The frozen layer alone, in F32.</summary>
    public Tensor Wide(Tensor x) => functional.linear(x, weight.Values(ScalarType.Float32), bias);
}
