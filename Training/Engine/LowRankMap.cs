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
        var claimed = new HashSet<string>(StringComparer.Ordinal);
        ParameterTensor? Trained(TensorSpec spec)
        {
            var index = trainables.IndexOf(spec.Name);
            if (index < 0)
            {
                return null;
            }

            if (trainables.Tensors[index] != spec)
            {
                throw new ArgumentException(
                    $"trainable {spec.Name} has another shape than the adapter's, {spec.Rows} x {spec.Columns}",
                    nameof(trainables));
            }

            claimed.Add(spec.Name);
            return ParameterTensor.Trained(spec, trainables.Offsets[index]);
        }

        var linears = model.Linears.SelectMany(l => l)
            .ToDictionary(l => l.Module.Name, StringComparer.Ordinal);
        foreach (var layer in adapter.Layers)
        {
            var shape = layer.Shape;
            if (!linears.TryGetValue(shape.Module, out var linear))
            {
                throw new ArgumentException($"the model has no linear layer {shape.Module}", nameof(adapter));
            }

            if (shape.InputWidth != linear.InputWidth || shape.OutputWidth != linear.OutputWidth)
            {
                throw new ArgumentException(
                    $"{shape.Module}: the adapter is for {shape.InputWidth} -> {shape.OutputWidth}, " +
                    $"the model has {linear.InputWidth} -> {linear.OutputWidth}", nameof(adapter));
            }

            var change = layer.Change == null ? null : LowRankModule.Frozen(kernel, shape, layer.Change);
            var lowRank = new LowRankModule(kernel, Trained, layer);
            adapted.Add(linear, new AdaptedLinear(kernel, linear, lowRank, change));
        }

        foreach (var linear in linears.Values)
        {
            adapted.TryAdd(linear, new AdaptedLinear(kernel, linear, lowRank: null, change: null));
        }

        Head = model.CreateHead(adapter, Trained);
        if (trainables.Tensors.FirstOrDefault(t => !claimed.Contains(t.Name)) is { } stranger)
        {
            throw new ArgumentException($"trainable {stranger.Name} is no tensor of the adapter", nameof(trainables));
        }

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
        if (parameters.Length != parameterCount)
        {
            throw new ArgumentException(
                $"{parameters.Length} parameters; the round trains {parameterCount} values", nameof(parameters));
        }

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
