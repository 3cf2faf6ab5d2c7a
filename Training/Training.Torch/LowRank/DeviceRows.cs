using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.LowRank;

/// <summary>The per-example gradients of a micro-batch on the device: n rows over all trainables, F32.</summary>
/// <param name="examples">n.</param>
/// <param name="dimension">Values in a row; every one is written by the backward pass.</param>
/// <param name="device">Where.</param>
internal sealed class DeviceRows(int examples, int dimension, Device device)
{
    /// <summary>n x dimension.</summary>
    public Tensor All { get; } = empty(examples, dimension, ScalarType.Float32, device);

    /// <summary>
    /// Makes the trained tensors leaves, differentiates with respect to them and to <paramref name="input"/>, writes
    /// what belongs to the rows, and makes the tensors shared again.
    /// </summary>
    /// <param name="trained">The trained tensors that take part.</param>
    /// <param name="input">What the function is applied to.</param>
    /// <param name="function">Gives the outputs and their gradient; null for a single sum.</param>
    /// <param name="needsInput">Whether the input's gradient is wanted.</param>
    /// <returns>The gradient of the input, or null.</returns>
    public Tensor? Differentiate(
        IReadOnlyList<AdapterTensor> trained, Tensor input, Func<Tensor, (Tensor Output, Tensor? Gradient)> function,
        bool needsInput)
    {
        using var scope = NewDisposeScope();
        try
        {
            var leaves = trained.Select(t => t.Split(examples)).ToList();
            var start = input.detach();
            if (needsInput)
            {
                leaves.Add(start.requires_grad_());
            }

            Tensor output;
            Tensor? gradient;
            using (enable_grad())
            {
                (output, gradient) = function(start);
            }

            var gradients = autograd.grad([output], leaves, gradient is null ? null : [gradient]);
            for (var i = 0; i < trained.Count; i++)
            {
                var spec = trained[i].Spec;
                All.narrow(1, trained[i].Offset, spec.Count).copy_(gradients[i].reshape(examples, spec.Count));
                gradients[i].Dispose();
            }

            return needsInput ? gradients[^1].MoveToOuterDisposeScope() : null;
        }
        finally
        {
            foreach (var tensor in trained)
            {
                tensor.Join();
            }
        }
    }
}
