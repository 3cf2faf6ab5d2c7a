using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>
/// The classification head on the first token's vector h: logits = W_o tanh(W_d h + b_d) + b_o. RoBERTa keeps both
/// layers in the head; BERT's first one is the frozen pooler of the base.
/// </summary>
internal sealed unsafe class ClassifierHead : ITaskHead
{
    private readonly ParameterTensor? denseWeight;
    private readonly ParameterTensor? denseBias;
    private readonly ParameterTensor outWeight;
    private readonly ParameterTensor outBias;
    private readonly PackedMatrix denseForward;
    private readonly PackedMatrix denseBackward;
    private readonly AlignedBuffer paddedBias;
    private readonly FrozenLinear? pooler;
    private readonly int panelWidth;

    public ClassifierHead(
        EncoderWeights weights, GemmKernel kernel, Adapter adapter, Func<TensorSpec, ParameterTensor?> trained)
    {
        panelWidth = kernel.PanelWidth;
        Width = weights.Config.HiddenSize;
        pooler = weights.Pooler;
        (denseForward, denseBackward) = (new PackedMatrix(kernel), new PackedMatrix(kernel));
        paddedBias = new AlignedBuffer(Width + panelWidth);
        ParameterTensor Tensor(TensorSpec spec) =>
            trained(spec) ?? ParameterTensor.Frozen(spec, adapter.Values(spec.Name));

        Labels = HeadTensors.LabelCount(weights.Config, adapter);
        var specs = HeadTensors.For(weights.Config, Labels);
        (outWeight, outBias) = (Tensor(specs[^2]), Tensor(specs[^1]));
        if (weights.Config.Family == EncoderFamily.Roberta)
        {
            (denseWeight, denseBias) = (Tensor(specs[0]), Tensor(specs[1]));
            PackDense();
        }
        else
        {
            HeadTensors.RequirePooler(pooler != null);
        }
    }

    /// <summary>d.</summary>
    public int Width { get; }

    /// <summary>Number of labels.</summary>
    public int Labels { get; }

    /// <inheritdoc/>
    public int? LabelCount => Labels;

    /// <inheritdoc/>
    public void Update(ReadOnlySpan<float> parameters)
    {
        var weightChanged = denseWeight?.Update(parameters) == true;
        var biasChanged = denseBias?.Update(parameters) == true;
        if (weightChanged || biasChanged)
        {
            PackDense();
        }

        outWeight.Update(parameters);
        outBias.Update(parameters);
    }

    /// <summary>tanh(W_d h + b_d) for each row.</summary>
    /// <param name="kernel">The kernel that the weights are packed for.</param>
    /// <param name="hidden">Rows x d.</param>
    /// <param name="rows">Examples.</param>
    /// <param name="features">Rows x d.</param>
    public void Features(GemmKernel kernel, float* hidden, int rows, float* features)
    {
        var bias = pooler == null ? paddedBias.Pointer : pooler.Bias;
        kernel.Multiply(
            new MatrixRef(hidden, Width), rows, pooler?.Packed!.Forward ?? denseForward,
            new MatrixRef(features, Width), bias);

        for (var i = 0L; i < (long)rows * Width; i++)
        {
            features[i] = MathF.Tanh(features[i]);
        }
    }

    /// <summary>
    /// Logits of one example turned into soft-max probabilities; returns the most likely label and the loss.
    /// </summary>
    public Prediction Predict(float* features, int label, Span<float> probabilities)
    {
        for (var c = 0; c < Labels; c++)
        {
            var sum = outBias.Values[c];
            var weight = outWeight.Values.Slice(c * Width, Width);
            for (var i = 0; i < weight.Length; i++)
            {
                sum += weight[i] * features[i];
            }

            probabilities[c] = sum;
        }

        return LabelLoss.Predict(probabilities, label);
    }

    /// <summary>Backward pass of one example: its gradient row's head part, and the gradient of W_d h + b_d.</summary>
    /// <param name="hidden">h, d values.</param>
    /// <param name="features">tanh(W_d h + b_d), d values.</param>
    /// <param name="logitGradient">Probabilities less one at the label.</param>
    /// <param name="row">The example's gradient over all trainables.</param>
    /// <param name="preactivation">Receives the gradient of W_d h + b_d, d values.</param>
    public void Backward(
        ReadOnlySpan<float> hidden, ReadOnlySpan<float> features, ReadOnlySpan<float> logitGradient, Span<float> row,
        Span<float> preactivation)
    {
        preactivation.Clear();
        for (var c = 0; c < Labels; c++)
        {
            var weight = outWeight.Values.Slice(c * Width, Width);
            for (var i = 0; i < weight.Length; i++)
            {
                preactivation[i] += logitGradient[c] * weight[i];
            }
        }

        for (var i = 0; i < Width; i++)
        {
            preactivation[i] *= 1 - (features[i] * features[i]);
        }

        var one = 1f;
        Outer(outWeight, logitGradient, features, row);
        Outer(outBias, logitGradient, new ReadOnlySpan<float>(in one), row);
        Outer(denseWeight, preactivation, hidden, row);
        Outer(denseBias, preactivation, new ReadOnlySpan<float>(in one), row);
    }

    /// <summary>dh = W_d^T times the gradient of W_d h + b_d, for each row.</summary>
    public void BackwardToHidden(GemmKernel kernel, float* preactivation, int rows, float* hiddenGradient) =>
        kernel.Multiply(
            new MatrixRef(preactivation, Width), rows, pooler?.Packed!.Backward ?? denseBackward,
            new MatrixRef(hiddenGradient, Width));

    public void Dispose()
    {
        denseForward.Dispose();
        denseBackward.Dispose();
        paddedBias.Dispose();
    }

    private static void Outer(
        ParameterTensor? tensor, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> row)
    {
        if (tensor == null || tensor.Offset < 0)
        {
            return;
        }

        var target = row.Slice(tensor.Offset, left.Length * right.Length);
        for (var i = 0; i < left.Length; i++)
        {
            for (var j = 0; j < right.Length; j++)
            {
                target[(i * right.Length) + j] = left[i] * right[j];
            }
        }
    }

    private void PackDense()
    {
        fixed (float* weight = denseWeight!.Values)
        {
            denseForward.PackTransposed(weight, Width, Width, Width);
            denseBackward.Pack(weight, Width, Width, Width);
        }

        denseBias!.Values.CopyTo(new Span<float>(paddedBias.Pointer, Width));
    }
}
