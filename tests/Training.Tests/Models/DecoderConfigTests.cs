using System.Text;
using System.Text.Json.Nodes;
using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Models;

public sealed class DecoderConfigTests
{
    [Fact]
    public void The_golden_model_is_read()
    {
        var expected = new DecoderConfig
        {
            Family = DecoderFamily.Llama,
            VocabularySize = 512,
            HiddenSize = 64,
            LayerCount = 5,
            HeadCount = 8,
            KeyValueHeadCount = 4,
            HeadSize = 8,
            FeedForwardSize = 172,
            PositionsMax = 512,
            NormEpsilon = 1e-5f,
            Rotary = new RotaryConfig { Theta = 10_000 },
            IsTied = true,
            HasQueryKeyValueBias = false,
            HasAttentionOutputBias = false,
            HasFeedForwardBias = false,
        };
        var config = ModelConfig.Read(RepositoryFiles.Path("tests", "golden", "llama", "config.json"));
        Assert.Equal(expected, config);
        Assert.Equal((64, 32, 512), (expected.QueryWidth, expected.KeyValueWidth, config.TokensMax));
    }

    [Theory]
    [InlineData("llama", false)]
    [InlineData("mistral", false)]
    [InlineData("qwen2", true)]
    public void Absent_options_have_their_usual_values(string modelType, bool hasBias)
    {
        var json = Json(modelType);
        json["sliding_window"] = null;
        var config = Parse(json);
        Assert.Equal(hasBias, config.HasQueryKeyValueBias);
        Assert.False(config.HasAttentionOutputBias || config.HasFeedForwardBias || config.IsTied);
        Assert.Equal((1e-6f, 10_000.0), (config.NormEpsilon, config.Rotary!.Theta));
        Assert.Equal((128, 32_768), (config.HeadSize, config.TokensMax));
    }

    [Fact]
    public void Llama_options_are_read()
    {
        var json = Json("llama");
        (json["attention_bias"], json["mlp_bias"], json["tie_word_embeddings"]) = (true, true, true);
        (json["head_dim"], json["rms_norm_eps"], json["rope_theta"]) = (64, 1e-5, 500_000);
        json.Remove("num_key_value_heads");
        var config = Parse(json);
        Assert.True(config.HasQueryKeyValueBias && config.HasAttentionOutputBias && config.HasFeedForwardBias);
        Assert.True(config.IsTied);
        Assert.Equal((64, 32, 1e-5f), (config.HeadSize, config.KeyValueHeadCount, config.NormEpsilon));
        Assert.Equal(500_000, config.Rotary!.Theta);
    }

    [Fact]
    public void Biases_of_llama_are_not_asked_of_other_types()
    {
        var json = Json("qwen2");
        (json["attention_bias"], json["mlp_bias"]) = (true, true);
        var config = Parse(json);
        Assert.True(config.HasQueryKeyValueBias);
        Assert.False(config.HasAttentionOutputBias || config.HasFeedForwardBias);
    }

    [Theory]
    [InlineData("mistral", "{}", 4096)]
    [InlineData("mistral", """{"sliding_window":null}""", 32_768)]
    [InlineData("mistral", """{"sliding_window":1000}""", 1000)]
    [InlineData("mistral", """{"sliding_window":100000}""", 32_768)]
    [InlineData("qwen2", """{"sliding_window":1000}""", 32_768)]
    [InlineData("qwen2", """{"sliding_window":1000,"use_sliding_window":true}""", 1000)]
    [InlineData("llama", """{"sliding_window":1000}""", 32_768)]
    public void Examples_are_limited_to_the_sliding_window(string modelType, string fields, int tokensMax)
    {
        Assert.Equal(tokensMax, Parse(With(Json(modelType), fields)).TokensMax);
    }

    [Theory]
    [InlineData("""{"rope_scaling":null}""", RotaryScaling.None, 1)]
    [InlineData("""{"rope_scaling":{"type":"linear","factor":4}}""", RotaryScaling.Linear, 4)]
    [InlineData("""{"rope_scaling":{"rope_type":"default"}}""", RotaryScaling.None, 1)]
    [InlineData("""{"rope_parameters":{"rope_type":"default","rope_theta":10000}}""", RotaryScaling.None, 1)]
    [InlineData(
        """{"rope_parameters":{"rope_type":"linear","rope_theta":10000,"factor":8}}""", RotaryScaling.Linear, 8)]
    [InlineData(
        """
        {"rope_scaling":{"rope_type":"llama3","factor":32,"low_freq_factor":1,"high_freq_factor":4,
        "original_max_position_embeddings":8192}}
        """,
        RotaryScaling.Llama3, 32)]
    public void Rotary_scaling_is_read(string fields, RotaryScaling scaling, double factor)
    {
        var rotary = Parse(With(Json("llama"), fields)).Rotary!;
        Assert.Equal((10_000.0, scaling, factor), (rotary.Theta, rotary.Scaling, rotary.Factor));
    }

    [Fact]
    public void Llama3_scaling_keeps_fast_frequencies_divides_slow_ones_and_blends_between()
    {
        var plain = new RotaryConfig { Theta = 500_000 };
        var scaled = plain with
        {
            Scaling = RotaryScaling.Llama3,
            Factor = 32,
            LowFrequencyFactor = 1,
            HighFrequencyFactor = 4,
            OriginalPositions = 8192,
        };
        var kinds = new HashSet<string>();
        foreach (var (before, after) in plain.Frequencies(64).Zip(scaled.Frequencies(64)))
        {
            var wavelength = 2 * Math.PI / before;
            var blend = ((8192 / wavelength) - 1) / (4 - 1);
            var (kind, expected) = wavelength < 8192.0 / 4 ? ("fast", before)
                : wavelength > 8192.0 / 1 ? ("slow", before / 32)
                : ("between", ((1 - blend) * before / 32) + (blend * before));
            Assert.Equal(expected, after, 1e-12 * before);
            kinds.Add(kind);
        }

        Assert.Equal(3, kinds.Count);
    }

    [Fact]
    public void Gpt2_is_read_and_absent_fields_take_their_usual_values()
    {
        var config = Parse(With(new JsonObject { ["model_type"] = "gpt2" }, """{"n_layer":24,"n_inner":null}"""));
        Assert.Equal(DecoderFamily.Gpt2, config.Family);
        Assert.Equal((50_257, 768, 24), (config.VocabularySize, config.HiddenSize, config.LayerCount));
        Assert.Equal((12, 12, 64), (config.HeadCount, config.KeyValueHeadCount, config.HeadSize));
        Assert.Equal((3072, 1024), (config.FeedForwardSize, config.TokensMax));
        Assert.True(config.IsTied && config.HasQueryKeyValueBias && config.HasAttentionOutputBias);
        Assert.Equal((1e-5f, null), (config.NormEpsilon, config.Rotary));
    }

    [Theory]
    [InlineData("hidden_act", "\"gelu\"", "\"gelu\" is not supported; supported are silu and swish")]
    [InlineData("num_key_value_heads", "5", "5 must divide num_attention_heads, 32")]
    [InlineData("num_key_value_heads", "64", "64 must be a whole number from 1 to 32")]
    [InlineData("num_attention_heads", "24", "24 must divide hidden_size, 4096, where head_dim is absent")]
    [InlineData("head_dim", "63", "63 the heads' width, 63, must be even")]
    [InlineData("rms_norm_eps", "0", "0 must be above 0")]
    [InlineData("intermediate_size", null, "is missing")]
    [InlineData("rope_theta", "-1", "-1 must be above 0")]
    [InlineData("rope_scaling", """{"type":"dynamic","factor":2}""", "type: \"dynamic\" is not supported; supported a")]
    [InlineData("rope_scaling", """{"type":"linear"}""", "factor: is missing; must be above 0")]
    [InlineData("rope_scaling", """{"factor":2}""", "type: is missing")]
    [InlineData(
        "rope_scaling", """{"type":"llama3","factor":2,"low_freq_factor":4,"high_freq_factor":4}""",
        "high_freq_factor: 4 must be above low_freq_factor, 4")]
    [InlineData("rope_parameters", """{"full_attention":{"rope_theta":5}}""", "rope_theta: is missing")]
    [InlineData("vocab_size", "1000000", "gives a matrix of 1000000 x 4096; at most 2147483647 values")]
    [InlineData("head_dim", "65536", "65536 gives a matrix of 2097152 x 4096")]
    [InlineData("partial_rotary_factor", "0.5", "0.5 is not supported; supported is 1")]
    [InlineData("quantization_config", "{}", "is not supported; supported are plain")]
    public void A_wrong_or_unsupported_field_is_named_with_its_value(string field, string? value, string message)
    {
        var json = Json("llama");
        if (value is null) json.Remove(field);
        else json[field] = JsonNode.Parse(value);

        var error = Assert.Throws<InputFileException>(() => Parse(json));
        Assert.StartsWith("config.json: " + field, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("activation_function", "\"relu\"", "\"relu\" is not supported; supported are gelu_new")]
    [InlineData("n_embd", "65532", "65532 gives a matrix of")]
    [InlineData("n_head", "7", "7 must divide n_embd, 768")]
    [InlineData("scale_attn_by_inverse_layer_idx", "true", "true is not supported; supported is false")]
    [InlineData("scale_attn_weights", "false", "false is not supported; supported is true")]
    [InlineData("add_cross_attention", "true", "true is not supported; supported is false")]
    public void An_unsupported_field_of_gpt2_is_named_with_its_value(string field, string value, string message)
    {
        var json = new JsonObject { ["model_type"] = "gpt2", [field] = JsonNode.Parse(value) };
        var error = Assert.Throws<InputFileException>(() => Parse(json));
        Assert.StartsWith($"config.json: {field}: {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_type_of_model_is_refused_with_all_that_are_supported()
    {
        var error = Assert.Throws<InputFileException>(
            () => ModelConfig.Parse("""{"model_type":"t5"}"""u8, "config.json"));
        Assert.EndsWith(
            "model_type: \"t5\" is not supported; supported are roberta, xlm-roberta, camembert, bert, llama, "
            + "mistral, qwen2 and gpt2",
            error.Message, StringComparison.Ordinal);
    }

    private static DecoderConfig Parse(JsonObject json) =>
        DecoderConfig.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "config.json");

    private static JsonObject With(JsonObject json, string fields)
    {
        foreach (var (name, value) in JsonNode.Parse(fields)!.AsObject())
        {
            json[name] = value?.DeepClone();
        }

        return json;
    }

    private static JsonObject Json(string modelType) => new()
    {
        ["model_type"] = modelType,
        ["vocab_size"] = 32_000,
        ["hidden_size"] = 4096,
        ["num_hidden_layers"] = 32,
        ["num_attention_heads"] = 32,
        ["num_key_value_heads"] = 8,
        ["intermediate_size"] = 14_336,
        ["max_position_embeddings"] = 32_768,
    };
}
