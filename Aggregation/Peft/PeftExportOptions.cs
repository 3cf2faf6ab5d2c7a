using System.Collections.Immutable;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Aggregation.Peft;

/// <summary>What an exported configuration says beyond the adapter itself.</summary>
public sealed record PeftExportOptions
{
    /// <summary>Hub name or path of the base model, for <c>base_model_name_or_path</c>.</summary>
    public string? BaseModel { get; init; }

    /// <summary>
    /// PEFT task type. With <c>SEQ_CLS</c> PEFT adds <c>classifier</c> and <c>score</c> to the modules to save itself;
    /// an adapter without a head is for <c>CAUSAL_LM</c>.
    /// </summary>
    public string? TaskType { get; init; } = "SEQ_CLS";

    /// <inheritdoc cref="PeftConfig.FanInFanOut"/>
    public bool FanInFanOut { get; init; }

    /// <summary>
    /// Names of the adapted modules, or endings of them; by default the full names, which adapt exactly these layers
    /// in any model. Endings such as <c>query</c> adapt every layer of that name.
    /// </summary>
    public ImmutableArray<string> TargetModules { get; init; }

    /// <summary>
    /// Modules whose parameters are all in the adapter's head; PEFT stores and replaces them whole. By default the
    /// outermost modules of the head's tensors that hold no adapted layer, for example <c>classifier</c>.
    /// </summary>
    public ImmutableArray<string> ModulesToSave { get; init; }

    /// <summary>F32 is exact for an adapter that came from F32; F16 and BF16 round to the nearest.</summary>
    public SafetensorsDType DType { get; init; } = SafetensorsDType.F32;
}
