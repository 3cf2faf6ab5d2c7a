using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Training.Engine;

/// <summary>The F32 values of one adapter tensor: frozen for the round, or a part of the trained flat vector.</summary>
internal sealed class ParameterTensor
{
    private readonly float[] values;

    private ParameterTensor(TensorSpec spec, int offset)
    {
        Offset = offset;
        values = new float[spec.Count];
    }

    /// <summary>Where the tensor begins in the flat vector, or -1 where it is frozen.</summary>
    public int Offset { get; }

    public ReadOnlySpan<float> Values => values;

    public static ParameterTensor Trained(TensorSpec spec, int offset) => new(spec, offset);

    public static ParameterTensor Frozen(TensorSpec spec, ReadOnlySpan<double> source)
    {
        var tensor = new ParameterTensor(spec, -1);
        for (var i = 0; i < source.Length; i++)
        {
            tensor.values[i] = (float)source[i];
        }

        return tensor;
    }

    /// <summary>Takes a trained tensor's values; false where it is frozen.</summary>
    public bool Update(ReadOnlySpan<float> parameters)
    {
        if (Offset < 0)
        {
            return false;
        }

        parameters.Slice(Offset, values.Length).CopyTo(values);
        return true;
    }
}
