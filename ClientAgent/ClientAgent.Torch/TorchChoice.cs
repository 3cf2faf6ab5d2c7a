using System.CommandLine;
using System.Globalization;
using FedLowRank.Training;
using FedLowRank.Training.Torch;
using FedLowRank.Training.Torch.Devices;

namespace FedLowRank.ClientAgent.Torch;

/// <summary>Options of the Torch engine. Each has a variable of the environment, which the option overrides.</summary>
public sealed class TorchChoice : IEngineChoice
{
    private const string Prefix = "FEDLOWRANK_AGENT_";
    private const int MemoryMibMin = 256;

    private readonly Option<string?> device = Text(
        "--device", "DEVICE", "device", "Where to train: cpu, cuda or cuda:N; else {0}, else cpu.");

    private readonly Option<string?> precision = Text(
        "--precision", "PRECISION", "full|bf16",
        "What weights and activations are held in: F32, or BF16 in half the memory; else {0}, else full.");

    private readonly Option<string?> memory = Text(
        "--device-memory", "DEVICE_MEMORY", "MiB",
        "Most memory of the device to plan with, where others need some, too; else {0}, else what is free.");

    private readonly Option<bool?> recompute = new("--recompute")
    {
        Description = "Compute activations twice instead of keeping them: slower, for long texts on a small device; "
            + $"else ${Prefix}RECOMPUTE.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <inheritdoc/>
    public IReadOnlyList<Option> Options => [device, precision, recompute, memory];

    /// <inheritdoc/>
    public AgentEngine Choose(ParseResult parsed, Func<string, string?> variable)
    {
        string? Said(Option<string?> option, string name) =>
            parsed.GetValue(option) ?? (variable(Prefix + name) is { Length: > 0 } text ? text : null);

        var said = Said(memory, "DEVICE_MEMORY");
        var options = new TorchEngineOptions
        {
            Device = Said(device, "DEVICE") ?? "cpu",
            Precision = PrecisionOf(Said(precision, "PRECISION") ?? "full"),
            Recompute = parsed.GetValue(recompute) ?? FlagOf(variable(Prefix + "RECOMPUTE")),
        };
        var opened = TorchDevice.Open(options.Device);
        return new TorchAgentEngine(
            opened, options with { MemoryBytesMax = said is null ? null : MemoryOf(said, opened) });
    }

    private static Option<string?> Text(string name, string variable, string help, string description) => new(name)
    {
        Description = string.Format(CultureInfo.InvariantCulture, description, "$" + Prefix + variable),
        HelpName = help,
    };

    private static TorchPrecision PrecisionOf(string text) => text switch
    {
        "full" => TorchPrecision.Full,
        "bf16" => TorchPrecision.BFloat16,
        _ => throw Wrong("precision", text, "full or bf16"),
    };

    private static bool FlagOf(string? text) => text switch
    {
        null or "" or "false" => false,
        "true" => true,
        _ => throw Wrong("recompute", text, "true or false"),
    };

    private static long MemoryOf(string text, TorchDevice device)
    {
        var most = device.Memory().TotalBytes >> 20;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes)
            && mebibytes >= MemoryMibMin && mebibytes <= most
            ? (long)mebibytes << 20
            : throw Wrong(
                "device memory", text,
                FormattableString.Invariant($"{MemoryMibMin} to {most}, the MiB that {device.Name} has"));
    }

    private static EngineException Wrong(string field, string value, string limit) =>
        new($"{field} is '{value}'; expected {limit}", "correct the option, or the variable of the environment");
}
