using FedLowRank.Training.Torch.LowRank;
using FedLowRank.Training.Torch.Networks;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Steps;

/// <summary>Pushes a micro-batch through the model and its head, forward and back.</summary>
/// <param name="model">The frozen base.</param>
/// <param name="recompute">Whether the backward pass computes each layer's activations anew.</param>
internal sealed class ModelPass(FrozenModel model, bool recompute)
{
    private int LayerCount => model.Linears.Count;

    /// <summary>Predicts each example.</summary>
    public void Evaluate(LoadedAdapter adapter, TokenBatch batch, Span<Prediction> predictions)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var x = Run(0..LayerCount, model.Embed(batch), batch);
        adapter.Head.Predict(model.Wanted(x, batch), batch, predictions);
    }

    /// <summary>
    /// Each example's gradient over all trainables. What lies below the lowest trained layer runs without a graph; the
    /// layers above are one differentiated segment, or with recomputation one for each layer, of which only the inputs
    /// are kept.
    /// </summary>
    /// <returns>n x dimension, F32, in the caller's dispose scope.</returns>
    public Tensor Gradients(LoadedAdapter adapter, TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var rows = new DeviceRows(batch.Count, adapter.Dimension, batch.Ids.device);
        var lowest = adapter.LowestTrainedLayer;
        var x = Run(0..lowest, model.Embed(batch), batch);
        if (lowest == LayerCount)
        {
            adapter.Head.Gradient(model.Wanted(x, batch), batch, rows);
            return rows.All.MoveToOuterDisposeScope();
        }

        var segments = Segments(lowest);
        var inputs = new Stack<Tensor>([x]);
        foreach (var segment in segments[..^1])
        {
            inputs.Push(Run(segment, inputs.Peek(), batch, keepInput: true));
        }

        Tensor? gradient = null;
        for (var i = segments.Length - 1; i >= 0; i--)
        {
            using var input = inputs.Pop();
            using var above = gradient;
            var segment = segments[i];
            gradient = rows.Differentiate(
                adapter.TrainedIn(segment), input,
                start =>
                {
                    var y = Run(segment, start, batch, keepInput: true);
                    if (above is not null)
                    {
                        return (y, above);
                    }

                    var hidden = model.Wanted(y, batch);
                    using (no_grad())
                    {
                        return (hidden, adapter.Head.Gradient(hidden.detach(), batch, rows));
                    }
                },
                needsInput: i > 0);
        }

        return rows.All.MoveToOuterDisposeScope();
    }

    private Range[] Segments(int lowest) => recompute
        ? [.. Enumerable.Range(lowest, LayerCount - lowest).Select(l => l..(l + 1))]
        : [lowest..LayerCount];

    /// <summary>
    /// Some layers, each in a dispose scope of its own: what the graph does not need is freed before the next one.
    /// </summary>
    private Tensor Run(Range layers, Tensor x, TokenBatch batch, bool keepInput = false)
    {
        for (var layer = layers.Start.Value; layer < layers.End.Value; layer++)
        {
            var input = x;
            using (var scope = NewDisposeScope())
            {
                x = model.Layer(layer, input, batch).MoveToOuterDisposeScope();
            }

            if (layer > layers.Start.Value || !keepInput)
            {
                input.Dispose();
            }
        }

        return x;
    }
}
