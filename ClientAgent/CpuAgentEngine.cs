using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Doctor;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.ClientAgent;

/// <summary>The CPU engine.</summary>
public class CpuAgentEngine : AgentEngine
{
    /// <inheritdoc/>
    public override string Device => FormattableString.Invariant($"cpu ({Environment.ProcessorCount} cores)");

    /// <inheritdoc/>
    public override ITrainingEngine Create(
        ModelConfig config, IWeightSource weights, int? threads, WeightFormat format) =>
        new CpuEngine(
            config, weights,
            new CpuEngineOptions { Workers = threads ?? Environment.ProcessorCount, Format = format });

    /// <inheritdoc/>
    public override IReadOnlyList<Finding> Check() =>
        [Finding.Ok("device", $"{Device}; this program trains on the processor alone")];
}
