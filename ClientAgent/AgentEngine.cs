using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Doctor;
using FedLowRank.Training;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.ClientAgent;

/// <summary>What an agent trains with, on a device that was chosen at its start.</summary>
public abstract class AgentEngine
{
    /// <summary>The one that needs nothing but a processor.</summary>
    public static AgentEngine Cpu { get; } = new CpuAgentEngine();

    /// <summary>What the server and people are told, for example <c>cpu (8 cores)</c>; 1 to 128 characters.</summary>
    public abstract string Device { get; }

    /// <summary>Most bytes that weights and steps may take together where it trains.</summary>
    /// <exception cref="EngineException">The device does not tell.</exception>
    public virtual long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes of a frozen weight that is not quantised.</summary>
    public virtual int WeightBytes => sizeof(float);

    /// <summary>
    /// Most bytes of device memory that the process has taken so far; null where that is memory of the process itself.
    /// </summary>
    public virtual long? DevicePeakBytes => null;

    /// <summary>Opens a base model's folder.</summary>
    /// <param name="folder">Of Hugging Face's kind.</param>
    /// <param name="threads">Null for as many as there are cores.</param>
    /// <param name="format">How the frozen weights are held.</param>
    /// <exception cref="Training.Data.InputFileException">A JSON file cannot be used.</exception>
    /// <exception cref="WeightsException">The weights cannot be used.</exception>
    public virtual LoadedModel Open(string folder, int? threads, WeightFormat format) =>
        LoadedModel.Open(folder, (config, weights) => Create(config, weights, threads, format));

    /// <summary>Makes the engine of a model's sizes and weights.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="weights">Not used after the call.</param>
    /// <param name="threads">Null for as many as there are cores.</param>
    /// <param name="format">How the frozen weights are held.</param>
    public abstract ITrainingEngine Create(
        ModelConfig config, IWeightSource weights, int? threads, WeightFormat format);

    /// <summary>What <c>doctor</c> says of the device.</summary>
    public abstract IReadOnlyList<Finding> Check();
}
