using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Doctor;
using FedLowRank.Training;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch;
using FedLowRank.Training.Torch.Devices;

namespace FedLowRank.ClientAgent.Torch;

/// <summary>The Torch engine on one device.</summary>
/// <param name="device">Open.</param>
/// <param name="options">Of the engine; device, threads and format are set here.</param>
public sealed class TorchAgentEngine(TorchDevice device, TorchEngineOptions options) : AgentEngine
{
    // As the server takes it.
    private const int DeviceMax = 128;

    private readonly long freeAtStart = device.Memory().FreeBytes;

    /// <inheritdoc/>
    public override string Device
    {
        get
        {
            var text = FormattableString.Invariant(
                $"{device.Name} ({device.Model()}, {device.Memory().TotalBytes >> 20} MiB), ")
                + $"libtorch {TorchLibrary.Version}";
            return text.Length <= DeviceMax ? text : text[..DeviceMax];
        }
    }

    /// <inheritdoc/>
    public override long MemoryBytes => options.MemoryBytesMax ?? device.Memory().TotalBytes;

    /// <inheritdoc/>
    public override int WeightBytes => options.Precision == TorchPrecision.BFloat16 ? 2 : base.WeightBytes;

    /// <summary>
    /// Of a GPU: libtorch keeps what it has once taken until the next model is opened, so what is gone since the start
    /// is the most that there was.
    /// </summary>
    public override long? DevicePeakBytes =>
        device.IsCuda ? Math.Max(0, freeAtStart - device.Memory().FreeBytes) : null;

    /// <inheritdoc/>
    public override ITrainingEngine Create(
        ModelConfig config, IWeightSource weights, int? threads, WeightFormat format) =>
        new TorchEngine(
            config, weights, options with { Device = device.Name.ToString(), Threads = threads, Format = format });

    /// <inheritdoc/>
    public override IReadOnlyList<Finding> Check() =>
    [
        .. DeviceFindings.Of(device),
        SelfTest.Run(this, options.Precision == TorchPrecision.Full ? 1e-4 : 0.05),
    ];
}
