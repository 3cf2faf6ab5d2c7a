using System.Collections.Immutable;
using System.Text.Json;

namespace FedLowRank.Aggregation.Peft;

/// <summary>
/// What an <c>adapter_config.json</c> says about a LoRA adapter, as far as it bears on the tensors. Options that do
/// not, such as dropout, are passed over; options that would change what the tensors mean are refused.
/// </summary>
public sealed class PeftConfig
{
    /// <summary><c>base_model_name_or_path</c>.</summary>
    public string? BaseModel { get; init; }

    /// <summary><c>task_type</c>, for example <c>SEQ_CLS</c>.</summary>
    public string? TaskType { get; init; }

    /// <summary><c>r</c>: the rank of layers that <see cref="RankPattern"/> does not name.</summary>
    public required int Rank { get; init; }

    /// <summary><c>lora_alpha</c>: alpha of layers that <see cref="AlphaPattern"/> does not name.</summary>
    public required double Alpha { get; init; }

    /// <summary>Whether the scale is alpha / sqrt(r) (arXiv 2312.03732) in place of alpha / r.</summary>
    public bool UseRankStabilizedScale { get; init; }

    /// <summary>
    /// Whether the base model keeps the adapted weights transposed, d_in x d_out, as the <c>Conv1D</c> layers of GPT-2
    /// do. PEFT then transposes B A where it merges it; the factors' own shapes are the same.
    /// </summary>
    public bool FanInFanOut { get; init; }

    /// <summary>Ranks by module name; the first entry that fits a module counts.</summary>
    public ImmutableArray<KeyValuePair<string, int>> RankPattern { get; init; } = [];

    /// <summary>Alphas by module name; the first entry that fits a module counts.</summary>
    public ImmutableArray<KeyValuePair<string, double>> AlphaPattern { get; init; } = [];

    /// <summary>
    /// <c>target_modules</c> if it is a list of module names or their endings; default (not set) if it is a regular
    /// expression or absent, and then the tensors alone tell which layers are adapted.
    /// </summary>
    public ImmutableArray<string> TargetModules { get; init; }

    /// <summary><c>modules_to_save</c>: names, or endings of names, of modules stored whole.</summary>
    public ImmutableArray<string> ModulesToSave { get; init; } = [];

    /// <summary>Reads an <c>adapter_config.json</c>.</summary>
    /// <exception cref="PeftException">It is not valid, or asks for something unsupported.</exception>
    public static PeftConfig Parse(ReadOnlyMemory<byte> json) => PeftConfigParser.Parse(json);

    /// <summary>The rank that PEFT gives to a module.</summary>
    public int RankOf(string module) => FirstMatch(RankPattern, module, Rank);

    /// <summary>The alpha for which alpha / r is the scale that PEFT gives to a module.</summary>
    public double AlphaOf(string module)
    {
        var alpha = FirstMatch(AlphaPattern, module, Alpha);
        return UseRankStabilizedScale ? alpha * Math.Sqrt(RankOf(module)) : alpha;
    }

    /// <summary>Whether PEFT would adapt a module. True where <see cref="TargetModules"/> is not a list.</summary>
    public bool Targets(string module) =>
        TargetModules.IsDefault || TargetModules.Any(target => IsNameOrEnding(target, module));

    /// <summary>Whether a tensor belongs to a module that PEFT stores whole.</summary>
    public bool Saves(string tensor)
    {
        for (var end = tensor.LastIndexOf('.'); end > 0; end = tensor.LastIndexOf('.', end - 1))
        {
            var module = tensor[..end];
            if (ModulesToSave.Any(saved => module.EndsWith(saved, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The JSON, with the fields that all PEFT versions since 0.9 know.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            WritePattern(json, "alpha_pattern", AlphaPattern, (name, alpha) => json.WriteNumber(name, alpha));
            json.WriteNull("auto_mapping");
            json.WriteString("base_model_name_or_path", BaseModel);
            json.WriteString("bias", "none");
            json.WriteBoolean("fan_in_fan_out", FanInFanOut);
            json.WriteBoolean("inference_mode", true);
            json.WriteBoolean("init_lora_weights", true);
            json.WriteNull("layers_pattern");
            json.WriteNull("layers_to_transform");
            json.WriteNumber("lora_alpha", Alpha);
            json.WriteNumber("lora_dropout", 0);
            WriteNames(json, "modules_to_save", ModulesToSave.IsEmpty ? default : ModulesToSave);
            json.WriteString("peft_type", "LORA");
            json.WriteNumber("r", Rank);
            WritePattern(json, "rank_pattern", RankPattern, (name, rank) => json.WriteNumber(name, rank));
            json.WriteNull("revision");
            WriteNames(json, "target_modules", TargetModules);
            json.WriteString("task_type", TaskType);
            json.WriteBoolean("use_dora", false);
            json.WriteBoolean("use_rslora", UseRankStabilizedScale);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>
    /// PEFT matches a pattern's key as a regular expression against the module's name or an ending of it after a dot;
    /// only literal names get past the parser, where <c>^</c> ties the key to the whole name.
    /// </summary>
    private static T FirstMatch<T>(ImmutableArray<KeyValuePair<string, T>> pattern, string module, T otherwise)
    {
        foreach (var (key, value) in pattern)
        {
            if (key[0] == '^' ? key.AsSpan(1).SequenceEqual(module) : IsNameOrEnding(key, module))
            {
                return value;
            }
        }

        return otherwise;
    }

    private static bool IsNameOrEnding(string ending, string module) =>
        module.EndsWith(ending, StringComparison.Ordinal)
        && (module.Length == ending.Length || module[module.Length - ending.Length - 1] == '.');

    private static void WritePattern<T>(
        Utf8JsonWriter json, string field, ImmutableArray<KeyValuePair<string, T>> pattern, Action<string, T> write)
    {
        json.WriteStartObject(field);
        foreach (var (key, value) in pattern)
        {
            write(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string field, ImmutableArray<string> names)
    {
        if (names.IsDefault)
        {
            json.WriteNull(field);
            return;
        }

        json.WriteStartArray(field);
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
