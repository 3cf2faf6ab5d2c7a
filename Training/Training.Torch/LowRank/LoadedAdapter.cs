using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Torch.Networks;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.LowRank;

/// <summary>
/// The round's adapter on the device: which layers carry a low-rank path, what is trained, and the head.
/// </summary>
internal sealed class LoadedAdapter : IDisposable
{
    private readonly FrozenModel model;
    private readonly AdapterTensors tensors;
    private readonly Dictionary<LinearLayer, LowRankPath> paths = [];
    private readonly AdapterTensor[][] trained;

    /// <summary>Brings the adapter to the device; the model takes it at <see cref="Attach"/>.</summary>
    /// <exception cref="ArgumentException">The adapter does not fit the model, or a trainable is none of its
    /// tensors.</exception>
    public LoadedAdapter(FrozenModel model, Device device, Adapter adapter, TensorLayout trainables)
    {
        this.model = model;
        Dimension = trainables.Count;
        tensors = new AdapterTensors(device, trainables);
        try
        {
            var linears = model.Linears.SelectMany(l => l).ToDictionary(l => l.Linear.Name, StringComparer.Ordinal);
            foreach (var layer in adapter.Layers)
            {
                linears.TryGetValue(layer.Shape.Module, out var linear);
                InputChecks.RequireFit(layer.Shape, linear?.Linear);
                paths.Add(linear!, new LowRankPath(tensors, layer));
            }

            Head = model.CreateHead(adapter, tensors);
            tensors.RequireAllClaimed();
        }
        catch
        {
            Dispose();
            throw;
        }

        trained = [.. model.Linears.Select(
            layer => layer.Where(paths.ContainsKey).SelectMany(l => paths[l].Trained).ToArray())];
        var lowest = Array.FindIndex(trained, layer => layer.Length > 0);
        LowestTrainedLayer = lowest < 0 ? trained.Length : lowest;
    }

    /// <summary>Values that the round trains.</summary>
    public int Dimension { get; }

    public TaskHead Head { get; }

    /// <summary>
    /// Index of the first layer with a trained tensor; the number of layers where only the head is trained.
    /// </summary>
    public int LowestTrainedLayer { get; }

    /// <summary>F32 values that the graph keeps of one token for all paths.</summary>
    public long KeptValuesPerToken => paths.Values.Sum(p => p.KeptValuesPerToken);

    /// <summary>The trained tensors of some layers.</summary>
    public AdapterTensor[] TrainedIn(Range layers) => [.. trained[layers].SelectMany(t => t)];

    /// <summary>Makes the model compute with this adapter, and no longer with another.</summary>
    public void Attach()
    {
        foreach (var linear in model.Linears.SelectMany(l => l))
        {
            linear.Path = paths.GetValueOrDefault(linear);
        }
    }

    /// <summary>Takes the trained values.</summary>
    /// <exception cref="ArgumentException">The length is not that of the layout.</exception>
    public void Update(ReadOnlySpan<float> parameters)
    {
        InputChecks.RequireParameters(parameters, Dimension);
        tensors.Update(parameters);
    }

    public void Dispose()
    {
        foreach (var path in paths.Values)
        {
            path.Dispose();
        }

        tensors.Dispose();
    }
}
