using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Training.Files;

/// <summary>
/// The weights of a Hugging Face folder, each checked against the shape that the model's configuration asks for.
/// </summary>
public sealed class FolderWeights(HuggingFaceWeights files, string folder) : IWeightSource
{
    /// <inheritdoc/>
    public bool Contains(string name) => files.TryFind(name, out _);

    /// <inheritdoc/>
    public void Require(string name, ReadOnlySpan<int> shape)
    {
        if (!files.TryFind(name, out var tensor))
        {
            throw new WeightsException($"{folder}: the weights lack the tensor {name}, which config.json asks for");
        }

        var fits = tensor.Shape.Length == shape.Length;
        for (var i = 0; fits && i < shape.Length; i++)
        {
            fits = tensor.Shape[i] == shape[i];
        }

        if (!fits)
        {
            throw new WeightsException(
                $"{folder}: tensor {tensor} does not fit config.json, which asks for "
                + $"[{string.Join(", ", shape.ToArray())}]");
        }

        if (tensor.Count > int.MaxValue)
        {
            throw new WeightsException($"{folder}: tensor {tensor} has more than {int.MaxValue} values");
        }
    }

    /// <inheritdoc/>
    public void ReadFloats(string name, ReadOnlySpan<int> shape, Span<float> target)
    {
        Require(name, shape);
        try
        {
            files.ReadFloats(name, target);
        }
        catch (SafetensorsException error)
        {
            throw new WeightsException($"{folder}: {error.Message}", error);
        }
    }
}
