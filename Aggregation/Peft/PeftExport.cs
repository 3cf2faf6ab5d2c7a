using System.Collections.Immutable;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Aggregation.Peft;

/// <summary>Writes an adapter as Hugging Face PEFT reads it (<c>PeftModel.from_pretrained</c>).</summary>
public static class PeftExport
{
    /// <summary>Writes <c>adapter_model.safetensors</c> and returns <c>adapter_config.json</c>.</summary>
    /// <param name="adapter">
    /// At least one layer; each is written as one plain pair (<see cref="LoraFactors.Folded"/>). Values are rounded
    /// once to the options' type; the masters are float64.
    /// </param>
    /// <param name="options">What the adapter does not say.</param>
    /// <param name="tensors">Takes the tensors: A [r, d_in] and B [d_out, r] layer by layer, then the head.</param>
    /// <exception cref="PeftException">The options do not cover the adapter; nothing has been written then.</exception>
    /// <exception cref="SafetensorsException">
    /// A value is not finite in the options' type, or that type is no float.
    /// </exception>
    public static byte[] Write(Adapter adapter, PeftExportOptions options, Stream tensors)
    {
        adapter = adapter.Folded();
        var config = Configure(adapter, options);
        var header = SafetensorsHeader.Create(
            adapter.Layout.Tensors.Select(spec => (PeftNames.ToFile(spec), options.DType, Shape(spec))),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });

        var writer = new SafetensorsWriter(tensors, header);
        foreach (var spec in adapter.Layout.Tensors)
        {
            writer.Write(PeftNames.ToFile(spec), adapter.Values(spec.Name));
        }

        writer.Complete();
        return config.ToBytes();
    }

    /// <summary>The configuration of an export, checked to give every layer its own rank and alpha.</summary>
    /// <exception cref="PeftException">The options do not cover the adapter.</exception>
    public static PeftConfig Configure(Adapter adapter, PeftExportOptions options)
    {
        if (adapter.Layers.IsEmpty)
        {
            throw new PeftException(PeftError.BadShape, "an adapter without layers is no LoRA adapter");
        }

        var shapes = adapter.Folded().Layers.Select(layer => layer.Shape).ToImmutableArray();
        var first = shapes[0];

        // PEFT takes the first key that is a module's name or an ending of it, so longer names go first, and once one
        // layer needs a key all get one, lest another's fits it.
        var byLength = shapes.OrderByDescending(shape => shape.Module.Length).ToImmutableArray();
        var config = new PeftConfig
        {
            BaseModel = options.BaseModel,
            TaskType = options.TaskType,
            FanInFanOut = options.FanInFanOut,
            Rank = first.Rank,
            Alpha = first.Alpha,
            RankPattern = shapes.All(shape => shape.Rank == first.Rank)
                ? []
                : [.. byLength.Select(shape => KeyValuePair.Create(shape.Module, shape.Rank))],
            AlphaPattern = shapes.All(shape => shape.Alpha.Equals(first.Alpha))
                ? []
                : [.. byLength.Select(shape => KeyValuePair.Create(shape.Module, shape.Alpha))],
            TargetModules = options.TargetModules.IsDefault
                ? [.. shapes.Select(shape => shape.Module)]
                : options.TargetModules,
            ModulesToSave = options.ModulesToSave.IsDefault ? DefaultModulesToSave(adapter) : options.ModulesToSave,
        };

        Check(config, shapes, adapter.Head);
        return config;
    }

    private static void Check(PeftConfig config, ImmutableArray<LoraShape> shapes, ImmutableArray<NamedTensor> head)
    {
        foreach (var shape in shapes)
        {
            if (!PeftNames.IsPlain(shape.Module))
            {
                throw new PeftException(
                    PeftError.BadName, $"module {shape.Module} has characters other than letters, digits, _ . and -");
            }

            if (!config.Targets(shape.Module))
            {
                throw new PeftException(PeftError.NotCovered, $"layer {shape.Module} is under none of target_modules");
            }
        }

        foreach (var tensor in head)
        {
            PeftImport.CheckHead(config, tensor.Spec.Name);
        }
    }

    private static ImmutableArray<string> DefaultModulesToSave(Adapter adapter) =>
        [.. adapter.Head.Select(tensor => OutermostModule(tensor.Spec.Name, adapter)).Distinct(StringComparer.Ordinal)];

    private static string OutermostModule(string tensor, Adapter adapter)
    {
        for (var end = tensor.IndexOf('.', StringComparison.Ordinal); end > 0; end = tensor.IndexOf('.', end + 1))
        {
            // A module with adapted layers inside has parameters that are not the head's.
            if (!adapter.Layers.Any(layer => layer.Shape.Module.AsSpan().StartsWith(tensor.AsSpan(0, end + 1))))
            {
                return tensor[..end];
            }
        }

        throw new PeftException(PeftError.BadName, $"head tensor {tensor} belongs to no module without adapted layers");
    }

    private static ImmutableArray<long> Shape(TensorSpec spec) =>
        spec.Columns == 1 && !IsFactor(spec.Name) ? [spec.Rows] : [spec.Rows, spec.Columns];

    private static bool IsFactor(string name) => PeftImport.IsFactorA(name) || PeftImport.IsFactorB(name);
}
