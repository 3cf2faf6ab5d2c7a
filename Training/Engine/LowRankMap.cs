using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>
/// The round's adapter as the passes use it: which linear layers carry a low-rank path, and the head.
/// </summary>
internal sealed class LowRankMap : IDisposable
{
    private readonly Dictionary<FrozenLinear, AdaptedLinear> adapted = [];
    private readonly int parameterCount;

    public LowRankMap(IFrozenModel model, GemmKernel kernel, Adapter adapter, TensorLayout trainables)
    {
        parameterCount = trainables.Count;
        var tensors = new TrainedTensors(trainables);
        ParameterTensor? Trained(TensorSpec spec)
        {
            var offset = tensors.OffsetOf(spec);
            return offset < 0 ? null : ParameterTensor.Trained(spec, offset);
        }

        var linears = model.Linears.SelectMany(l => l)
            .ToDictionary(l => l.Module.Name, StringComparer.Ordinal);
        foreach (var layer in adapter.Layers)
        {
            var shape = layer.Shape;
            linears.TryGetValue(shape.Module, out var linear);
            InputChecks.RequireFit(shape, linear?.Module);
            var change = layer.Change == null ? null : LowRankModule.Frozen(kernel, shape, layer.Change);
            var lowRank = new LowRankModule(kernel, Trained, layer);
            adapted.Add(linear!, new AdaptedLinear(kernel, linear!, lowRank, change));
        }

        foreach (var linear in linears.Values)
        {
            adapted.TryAdd(linear, new AdaptedLinear(kernel, linear, lowRank: null, change: null));
        }

        Head = model.CreateHead(adapter, Trained);
        tensors.RequireAllClaimed();
        var count = model.Linears.Count;
        LowestTrainedLayer = Enumerable.Range(0, count)
            .FirstOrDefault(l => model.Linears[l].Any(IsTrained), count);
    }

    public ITaskHead Head { get; }

    /// <summary>
    /// Index of the first layer with a trained tensor; the number of layers where only the head is trained.
    /// </summary>
    public int LowestTrainedLayer { get; }

    /// <summary>A layer as the round computes it.</summary>
    public AdaptedLinear this[FrozenLinear linear] => adapted[linear];

    /// <summary>True where a layer's low-rank path is trained in this round.</summary>
    public bool IsTrained(FrozenLinear linear) =>
        adapted[linear].LowRank is { IsTrained: true };

    /// <summary>Takes the trained values.</summary>
    /// <exception cref="ArgumentException">The length is not that of the layout.</exception>
    public void Update(ReadOnlySpan<float> parameters)
    {
        InputChecks.RequireParameters(parameters, parameterCount);
        foreach (var linear in adapted.Values)
        {
            linear.Update(parameters);
        }

        Head.Update(parameters);
    }

    public void Dispose()
    {
        foreach (var linear in adapted.Values)
        {
            linear.Dispose();
        }

        Head.Dispose();
    }
}
