using FedLowRank.Training;
using FedLowRank.Training.Engine;

namespace FedLowRank.ClientAgent;

/// <summary>What an agent trains with.</summary>
/// <param name="Device">What the server and people are told, for example <c>cpu (8 cores)</c>.</param>
/// <param name="Open">Opens a base model's folder with so many threads; null for as many as there are cores.</param>
public sealed record AgentEngine(string Device, Func<string, int?, LoadedModel> Open)
{
    /// <summary>The one that needs nothing but a processor.</summary>
    public static AgentEngine Cpu { get; } = new(
        FormattableString.Invariant($"cpu ({Environment.ProcessorCount} cores)"),
        (folder, threads) => LoadedModel.Open(
            folder, new CpuEngineOptions { Workers = threads ?? Environment.ProcessorCount }));
}
