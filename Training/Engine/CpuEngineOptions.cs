using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Training.Engine;

/// <summary>How the CPU engine uses the machine. No option but <see cref="Format"/> changes a result.</summary>
public sealed record CpuEngineOptions
{
    /// <summary>Threads; by default one for each core.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Tokens that one worker pushes through the model together; a longer example goes alone.</summary>
    public int MicroBatchTokensMax { get; init; } = 512;

    /// <summary>Values of per-example gradients that one worker holds at a time.</summary>
    public int GradientValuesMax { get; init; } = 1 << 24;

    /// <summary>
    /// How the linear layers' frozen weights lie in memory. Other than <see cref="WeightFormat.Full"/>, a worker
    /// unpacks a layer whenever it is used, into scratch as large as the largest layer in F32; results are those of a
    /// full engine with the quantised weights, to the bit.
    /// </summary>
    public WeightFormat Format { get; init; } = WeightFormat.Full;
}
