using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Quantization;

/// <summary>How much memory a base model's frozen weights take.</summary>
public static class WeightMemory
{
    /// <summary>Bytes of all tensors in the files, of which an engine may leave out what it does not need.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="files">Its weights.</param>
    /// <param name="format">Of the linear layers.</param>
    /// <param name="valueBytes">Bytes of a value that is not quantised.</param>
    public static long Estimate(ModelConfig config, HuggingFaceWeights files, WeightFormat format, int valueBytes)
    {
        var values = files.Names.Sum(name => files.TryFind(name, out var tensor) ? tensor.Count : 0);
        if (format == WeightFormat.Full) return values * valueBytes;
        var linear = config.Modules.Sum(module => (long)module.InputWidth * module.OutputWidth);
        var coded = config.Modules.Sum(
            module => QuantizedMatrix.BytesOf(module.OutputWidth, module.InputWidth, format));
        return (Math.Max(0, values - linear) * valueBytes) + coded;
    }
}
