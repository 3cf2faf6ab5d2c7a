using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Aggregation.Peft;

/// <summary>Reads a LoRA adapter that Hugging Face PEFT, or <see cref="PeftExport"/>, has written.</summary>
public static class PeftImport
{
    private const string SuffixA = ".lora_A.weight";
    private const string SuffixB = ".lora_B.weight";

    /// <summary>
    /// Reads an adapter. Layers and head keep the order of the file. A scale of alpha / sqrt(r) becomes the same scale
    /// as alpha' / r. Nothing is allocated for data that the file does not have.
    /// </summary>
    /// <param name="config">From <c>adapter_config.json</c>.</param>
    /// <param name="tensors">
    /// <c>adapter_model.safetensors</c> from its start; seekable, so that its length is known.
    /// </param>
    /// <param name="limits">Defaults to <see cref="SafetensorsLimits.Default"/>.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="PeftException">The tensors are not those of a LoRA adapter with this configuration.</exception>
    /// <exception cref="SafetensorsException">
    /// The file is not sound, or holds values that are not finite floats.
    /// </exception>
    public static async Task<Adapter> ReadAsync(
        PeftConfig config,
        Stream tensors,
        SafetensorsLimits? limits = null,
        CancellationToken cancellationToken = default)
    {
        if (!tensors.CanSeek)
        {
            throw new ArgumentException("the stream must be seekable", nameof(tensors));
        }

        var header = await SafetensorsHeader.ReadAsync(tensors, limits: limits, cancellationToken: cancellationToken);
        var (shapes, head) = Plan(config, header);

        var values = new Dictionary<string, double[]>(header.Tensors.Length, StringComparer.Ordinal);
        await foreach (var block in SafetensorsReader.ReadFileAsync(tensors, header, cancellationToken))
        {
            var name = PeftNames.FromFile(block.Tensor.Name);
            if (!values.TryGetValue(name, out var target))
            {
                target = new double[block.Tensor.Count];
                values.Add(name, target);
            }

            block.Decode(target.AsSpan((int)block.FirstIndex, block.Count));
        }

        return new Adapter(
            shapes.Select(shape => new LoraFactors(shape, values[shape.A.Name], values[shape.B.Name])),
            head.Select(spec => new NamedTensor(spec, values[spec.Name])));
    }

    internal static bool IsFactorA(string name) => name.EndsWith(SuffixA, StringComparison.Ordinal);

    internal static bool IsFactorB(string name) => name.EndsWith(SuffixB, StringComparison.Ordinal);

    /// <summary>Refuses a head tensor that PEFT would not load.</summary>
    internal static void CheckHead(PeftConfig config, string tensor)
    {
        if (!config.Saves(tensor))
        {
            throw new PeftException(
                PeftError.NotCovered,
                $"tensor {tensor} is neither a LoRA factor nor under modules_to_save "
                + $"[{string.Join(", ", config.ModulesToSave)}]");
        }
    }

    /// <summary>What the tensors are, from the header alone: all is checked before any data is read.</summary>
    private static (List<LoraShape> Shapes, List<TensorSpec> Head) Plan(PeftConfig config, SafetensorsHeader header)
    {
        var tensors = header.Tensors.ToDictionary(t => PeftNames.FromFile(t.Name), StringComparer.Ordinal);
        if (tensors.Values.Sum(tensor => (decimal)tensor.Count) > TensorSpec.ValuesMax)
        {
            throw new PeftException(PeftError.BadShape, $"the file has more than {TensorSpec.ValuesMax} values");
        }

        var modules = new HashSet<string>(StringComparer.Ordinal);
        var shapes = new List<LoraShape>();
        var head = new List<TensorSpec>();
        foreach (var name in header.Tensors.Select(tensor => PeftNames.FromFile(tensor.Name)))
        {
            if (IsFactorA(name) || IsFactorB(name))
            {
                var module = name[..^SuffixA.Length];
                if (module.Length == 0)
                {
                    throw new PeftException(PeftError.UnknownTensor, $"tensor {name} belongs to no module");
                }

                if (modules.Add(module))
                {
                    shapes.Add(PlanLayer(config, module, tensors));
                }
            }
            else if (name.Contains(".lora_", StringComparison.Ordinal))
            {
                throw new PeftException(
                    PeftError.UnknownTensor,
                    $"tensor {name}: of LoRA tensors only lora_A.weight and lora_B.weight are supported");
            }
            else
            {
                head.Add(PlanHead(config, name, tensors[name]));
            }
        }

        return (shapes, head);
    }

    private static LoraShape PlanLayer(
        PeftConfig config, string module, Dictionary<string, SafetensorsTensor> tensors)
    {
        if (!tensors.TryGetValue(module + SuffixA, out var a) || !tensors.TryGetValue(module + SuffixB, out var b))
        {
            throw new PeftException(PeftError.IncompletePair, $"layer {module} lacks lora_A.weight or lora_B.weight");
        }

        var (rank, inputWidth) = Sides(a);
        var (outputWidth, rankOfB) = Sides(b);
        if (rank != rankOfB || rank != config.RankOf(module))
        {
            throw new PeftException(
                PeftError.BadShape,
                $"layer {module} has rank {rank} in A, {rankOfB} in B, {config.RankOf(module)} in the configuration");
        }

        if (rank > Math.Min(inputWidth, outputWidth))
        {
            throw new PeftException(
                PeftError.BadShape,
                $"layer {module} has rank {rank}; the limit is its width, {inputWidth} to {outputWidth}");
        }

        if (!config.Targets(module))
        {
            throw new PeftException(PeftError.NotCovered, $"layer {module} is under none of target_modules");
        }

        var alpha = config.AlphaOf(module);
        return double.IsFinite(alpha)
            ? new LoraShape(module, inputWidth, outputWidth, rank, alpha)
            : throw new PeftException(PeftError.BadConfig, $"layer {module}: lora_alpha x sqrt(r) is not finite");
    }

    private static TensorSpec PlanHead(PeftConfig config, string name, SafetensorsTensor tensor)
    {
        CheckHead(config, name);
        if (tensor.Shape.Length == 1)
        {
            return new TensorSpec(name, Side(tensor, tensor.Shape[0]), 1);
        }

        var (rows, columns) = Sides(tensor);
        return columns > 1
            ? new TensorSpec(name, rows, columns)
            : throw new PeftException(
                PeftError.BadShape, $"tensor {tensor} has one column, which could not be told from a vector");
    }

    private static (int Rows, int Columns) Sides(SafetensorsTensor tensor) => tensor.Shape.Length == 2
        ? (Side(tensor, tensor.Shape[0]), Side(tensor, tensor.Shape[1]))
        : throw new PeftException(
            PeftError.BadShape,
            $"tensor {tensor} has {tensor.Shape.Length} dimensions; matrices, and vectors in the head, are supported");

    private static int Side(SafetensorsTensor tensor, long side) => side is >= 1 and <= TensorSpec.ValuesMax
        ? (int)side
        : throw new PeftException(
            PeftError.BadShape, $"tensor {tensor} has a side of {side}; 1 to {TensorSpec.ValuesMax} are supported");
}
