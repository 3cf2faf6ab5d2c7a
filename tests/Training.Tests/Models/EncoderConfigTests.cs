using System.Text;
using System.Text.Json.Nodes;
using FedLowRank.Tests;
using FedLowRank.Training.Data;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Models;

public sealed class EncoderConfigTests
{
    [Fact]
    public void The_sample_model_is_read()
    {
        var expected = new EncoderConfig
        {
            Family = EncoderFamily.Roberta,
            VocabularySize = 8192,
            HiddenSize = 192,
            LayerCount = 4,
            HeadCount = 6,
            FeedForwardSize = 768,
            Activation = EncoderActivation.Gelu,
            LayerNormEpsilon = 1e-5f,
            PositionRows = 130,
            PositionOffset = 2,
            TokenTypeCount = 1,
            PaddingId = 1,
        };
        var config = EncoderConfig.Read(RepositoryFiles.Path("samples", "base", "config.json"));
        Assert.Equal(expected, config);
        Assert.Equal(32, config.HeadSize);
        Assert.Equal(128, config.TokensMax);
    }

    [Fact]
    public void Bert_counts_positions_from_zero_and_absent_fields_take_their_usual_values()
    {
        var config = Parse(Json("bert"));
        Assert.Equal(EncoderFamily.Bert, config.Family);
        Assert.Equal((0, 0, 512), (config.PaddingId, config.PositionOffset, config.TokensMax));
        Assert.Equal((2, 1e-12f), (config.TokenTypeCount, config.LayerNormEpsilon));
        Assert.Equal(EncoderActivation.Gelu, config.Activation);
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("xlm-roberta")]
    [InlineData("camembert")]
    public void Roberta_and_its_kin_count_positions_after_the_padding_id(string modelType)
    {
        var json = Json(modelType);
        json["pad_token_id"] = 5;
        var config = Parse(json);
        Assert.Equal(EncoderFamily.Roberta, config.Family);
        Assert.Equal((5, 6, 506), (config.PaddingId, config.PositionOffset, config.TokensMax));
    }

    [Theory]
    [InlineData("gelu", EncoderActivation.Gelu)]
    [InlineData("gelu_new", EncoderActivation.GeluTanh)]
    [InlineData("gelu_pytorch_tanh", EncoderActivation.GeluTanh)]
    [InlineData("relu", EncoderActivation.Relu)]
    public void Activations_are_told_apart(string name, EncoderActivation activation)
    {
        var json = Json("roberta");
        json["hidden_act"] = name;
        Assert.Equal(activation, Parse(json).Activation);
    }

    [Theory]
    [InlineData("model_type", "\"llama\"", "\"llama\" is not supported; supported are roberta, xlm-roberta")]
    [InlineData("model_type", null, "is missing")]
    [InlineData("hidden_act", "\"silu\"", "\"silu\" is not supported; supported are gelu")]
    [InlineData("position_embedding_type", "\"relative_key\"", "\"relative_key\" is not supported; supported is absol")]
    [InlineData("is_decoder", "true", "true is not supported; supported is false")]
    [InlineData("add_cross_attention", "true", "true is not supported")]
    [InlineData("quantization_config", "{}", "is not supported; supported are plain")]
    [InlineData("pruned_heads", "{\"1\":[0]}", "is not supported; supported is {}")]
    [InlineData("hidden_size", "65537", "65537 must be a whole number from 1 to 65536")]
    [InlineData("hidden_size", "0", "0 must be a whole number from 1 to 65536")]
    [InlineData("hidden_size", "1e999", "1e999 must be a whole number")]
    [InlineData("hidden_size", "\"768\"", "\"768\" must be a whole number")]
    [InlineData("hidden_size", null, "is missing; must be a whole number")]
    [InlineData("num_attention_heads", "7", "7 must divide hidden_size, 768")]
    [InlineData("num_hidden_layers", "-1", "-1 must be a whole number from 1 to 1024")]
    [InlineData("layer_norm_eps", "0", "0 must be above 0 and below 1")]
    [InlineData("layer_norm_eps", "1e-60", "1e-60 must be above")]
    [InlineData("pad_token_id", "30522", "30522 must be a whole number from 0 to 30521")]
    [InlineData("max_position_embeddings", "2", "2 must be more than pad_token_id + 1, 2")]
    [InlineData("vocab_size", "3000000", "3000000 times hidden_size, 768, exceeds 2147483647 values")]
    [InlineData("type_vocab_size", "0", "0 must be a whole number from 1 to 1024")]
    public void A_wrong_or_unsupported_field_is_named_with_its_value(string field, string? value, string message)
    {
        var json = Json("roberta");
        if (value is null) json.AsObject().Remove(field);
        else json[field] = JsonNode.Parse(value);

        var error = Assert.Throws<InputFileException>(() => Parse(json));
        Assert.StartsWith("config.json: " + field, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static EncoderConfig Parse(JsonNode json) =>
        EncoderConfig.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "config.json");

    private static JsonObject Json(string modelType) => new()
    {
        ["model_type"] = modelType,
        ["vocab_size"] = 30522,
        ["hidden_size"] = 768,
        ["num_hidden_layers"] = 12,
        ["num_attention_heads"] = 12,
        ["intermediate_size"] = 3072,
        ["max_position_embeddings"] = 512,
    };
}
