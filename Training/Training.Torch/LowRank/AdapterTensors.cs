using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Torch.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.LowRank;

/// <summary>
/// The adapter's tensors on the device; the trained ones lie in one flat vector, in the layout's order.
/// </summary>
internal sealed class AdapterTensors : IDisposable
{
    private readonly Device device;
    private readonly TrainedTensors trained;
    private readonly Tensor flat;
    private readonly Tensor staged;
    private readonly List<AdapterTensor> all = [];

    public AdapterTensors(Device device, TensorLayout trainables)
    {
        this.device = device;
        trained = new TrainedTensors(trainables);
        flat = zeros(trainables.Count, ScalarType.Float32, device).DetachFromDisposeScope();
        staged = device.type == DeviceType.CPU
            ? flat
            : zeros(trainables.Count, ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>A tensor of the adapter: trained, or frozen with the given values.</summary>
    /// <exception cref="ArgumentException">The trainable of that name has another shape.</exception>
    public AdapterTensor Get(TensorSpec spec, ReadOnlySpan<double> values)
    {
        var offset = trained.OffsetOf(spec);
        var tensor = new AdapterTensor(
            spec, offset, offset < 0 ? Frozen(values, spec.Rows, spec.Columns) : View(offset, spec));
        all.Add(tensor);
        return tensor;
    }

    /// <summary>True where the round trains a tensor.</summary>
    /// <exception cref="ArgumentException">The trainable of that name has another shape.</exception>
    public bool Trains(TensorSpec spec) => trained.OffsetOf(spec) >= 0;

    /// <summary>Values that no round trains, rounded to F32.</summary>
    public Tensor Frozen(ReadOnlySpan<double> values, int rows, int columns)
    {
        var single = new float[values.Length];
        for (var i = 0; i < single.Length; i++)
        {
            single[i] = (float)values[i];
        }

        return HostValues.Keep(tensor(single, [rows, columns], ScalarType.Float32, device));
    }

    /// <inheritdoc cref="TrainedTensors.RequireAllClaimed"/>
    public void RequireAllClaimed() => trained.RequireAllClaimed();

    /// <summary>Takes the trained values: one copy to the device.</summary>
    public void Update(ReadOnlySpan<float> parameters)
    {
        parameters.CopyTo(HostValues.Of(staged));
        if (!ReferenceEquals(staged, flat))
        {
            flat.copy_(staged);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in all)
        {
            tensor.Dispose();
        }

        staged.Dispose();
        flat.Dispose();
    }

    private Tensor View(int offset, TensorSpec spec) =>
        flat.narrow(0, offset, spec.Count).view(spec.Rows, spec.Columns);
}
