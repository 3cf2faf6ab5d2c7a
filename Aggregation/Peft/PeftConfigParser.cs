using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace FedLowRank.Aggregation.Peft;

/// <summary>Reads <c>adapter_config.json</c>.</summary>
internal static class PeftConfigParser
{
    private const int BytesMax = 10_000_000;

    // What PEFT's LoraConfig takes where a field is absent.
    private const int DefaultRank = 8;
    private const double DefaultAlpha = 8;

    /// <summary>
    /// Fields that do not bear on what finished tensors mean: how training went, or which layers were chosen, which
    /// the tensors show themselves.
    /// </summary>
    private static readonly FrozenSet<string> Irrelevant = FrozenSet.Create(
        StringComparer.Ordinal,
        "auto_mapping", "eva_config", "exclude_modules", "inference_mode", "layers_pattern", "layers_to_transform",
        "lora_dropout", "megatron_core", "peft_version", "qalora_group_size", "revision", "runtime_config");

    /// <summary>Starts that leave the base weights as they are. PiSSA, OLoRA, CorDA and LoftQ change them.</summary>
    private static readonly ImmutableArray<string> SupportedStarts = ["gaussian", "eva", "orthogonal"];

    public static PeftConfig Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > BytesMax)
        {
            throw Bad($"the configuration has {json.Length} bytes; the limit is {BytesMax}");
        }

        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 };
            using var document = JsonDocument.Parse(json, options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? ParseFields(document.RootElement)
                : throw Bad("the configuration is not a JSON object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter comes from an escape such as \ud800 without its partner: valid JSON, but no text.
            throw new PeftException(PeftError.BadConfig, $"the configuration is not valid JSON text: {e.Message}", e);
        }
    }

    private static PeftConfig ParseFields(JsonElement root)
    {
        foreach (var field in root.EnumerateObject())
        {
            CheckSupported(field.Name, field.Value);
        }

        if (Optional(root, "peft_type") is not { ValueKind: JsonValueKind.String } type || !type.ValueEquals("LORA"))
        {
            throw new PeftException(PeftError.UnsupportedOption, "peft_type must be LORA");
        }

        return new PeftConfig
        {
            BaseModel = Text(root, "base_model_name_or_path"),
            TaskType = Text(root, "task_type"),
            Rank = Optional(root, "r") is { } r ? Rank("r", r) : DefaultRank,
            Alpha = Optional(root, "lora_alpha") is { } alpha ? Alpha("lora_alpha", alpha) : DefaultAlpha,
            UseRankStabilizedScale = Flag(root, "use_rslora"),
            FanInFanOut = Flag(root, "fan_in_fan_out"),
            RankPattern = Pattern(root, "rank_pattern", Rank),
            AlphaPattern = Pattern(root, "alpha_pattern", Alpha),
            TargetModules = Optional(root, "target_modules") is { } targets && targets.ValueKind != JsonValueKind.String
                ? Names("target_modules", targets)
                : default,
            ModulesToSave = Optional(root, "modules_to_save") is { } modules ? Names("modules_to_save", modules) : [],
        };
    }

    private static void CheckSupported(string name, JsonElement value)
    {
        switch (name)
        {
            case "alpha_pattern" or "base_model_name_or_path" or "fan_in_fan_out" or "lora_alpha" or "modules_to_save"
                or "peft_type" or "r" or "rank_pattern" or "target_modules" or "task_type" or "use_rslora":
                break;
            case "bias":
                Require(IsOff(value) || IsText(value, ["none"]), name, value, "\"none\"");
                break;
            case "init_lora_weights":
                Require(
                    value.ValueKind is JsonValueKind.True || IsOff(value) || IsText(value, SupportedStarts),
                    name, value, $"true, false, {string.Join(", ", SupportedStarts)}");
                break;
            default:
                Require(Irrelevant.Contains(name) || IsOff(value), name, value, "false, null or empty");
                break;
        }
    }

    private static void Require(bool condition, string field, JsonElement value, string supported)
    {
        if (!condition)
        {
            throw new PeftException(
                PeftError.UnsupportedOption,
                $"{field} is {Shorten(value)}, which is not supported; supported: {supported}");
        }
    }

    /// <summary>A feature that is switched off asks for nothing, whether or not it is known here.</summary>
    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };

    private static bool IsText(JsonElement value, ImmutableArray<string> texts) =>
        value.ValueKind == JsonValueKind.String && texts.Contains(value.GetString()!, StringComparer.Ordinal);

    private static JsonElement? Optional(JsonElement root, string field) =>
        root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? Text(JsonElement root, string field) => Optional(root, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => throw Bad($"{field} is {Shorten(other)}; a string is needed"),
    };

    private static bool Flag(JsonElement root, string field) => Optional(root, field) switch
    {
        null or { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.True } => true,
        { } other => throw Bad($"{field} is {Shorten(other)}; true or false is needed"),
    };

    private static int Rank(string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var rank) && rank >= 1
            ? rank
            : throw Bad($"{field} is {Shorten(value)}; a whole number of at least 1 is needed");

    private static double Alpha(string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var alpha) && double.IsFinite(alpha) && alpha > 0
            ? alpha
            : throw Bad($"{field} is {Shorten(value)}; a positive finite number is needed");

    private static ImmutableArray<string> Names(string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
        && value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String && name.GetString()!.Length > 0)
            ? [.. value.EnumerateArray().Select(name => name.GetString()!)]
            : throw Bad($"{field} is {Shorten(value)}; a list of module names is needed");

    private static ImmutableArray<KeyValuePair<string, T>> Pattern<T>(
        JsonElement root, string field, Func<string, JsonElement, T> parse)
    {
        if (Optional(root, field) is not { } pattern)
        {
            return [];
        }

        if (pattern.ValueKind != JsonValueKind.Object)
        {
            throw Bad($"{field} is {Shorten(pattern)}; an object of module names is needed");
        }

        var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, T>>();
        foreach (var entry in pattern.EnumerateObject())
        {
            if (!PeftNames.IsPlain(entry.Name.StartsWith('^') ? entry.Name[1..] : entry.Name))
            {
                throw new PeftException(
                    PeftError.UnsupportedOption,
                    $"{field} has the key {entry.Name}; names of modules and their endings are supported, "
                    + "regular expressions are not");
            }

            entries.Add(new(entry.Name, parse($"{field}.{entry.Name}", entry.Value)));
        }

        return entries.ToImmutable();
    }

    private static string Shorten(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 80 ? text : text[..80] + "...";
    }

    private static PeftException Bad(string message) => new(PeftError.BadConfig, message);
}
