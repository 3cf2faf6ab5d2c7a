namespace FedLowRank.Training.Engine;

/// <summary>How the CPU engine uses the machine. No option changes a result.</summary>
public sealed record CpuEngineOptions
{
    /// <summary>Threads; by default one for each core.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Tokens that one worker pushes through the model together; a longer example goes alone.</summary>
    public int MicroBatchTokensMax { get; init; } = 512;

    /// <summary>Values of per-example gradients that one worker holds at a time.</summary>
    public int GradientValuesMax { get; init; } = 1 << 24;
}
