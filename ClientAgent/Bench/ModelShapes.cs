using System.Text;
using FedLowRank.Training;
using FedLowRank.Training.Models;

namespace FedLowRank.ClientAgent.Bench;

/// <summary>Shapes of well-known models, as their <c>config.json</c> has them, for sizing without a download.</summary>
internal static class ModelShapes
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["tiny"] = Roberta(width: 64, layers: 2, heads: 4, vocabulary: 1000),
        ["roberta-base"] = Roberta(width: 768, layers: 12, heads: 12, vocabulary: 50_265),
        ["roberta-large"] = Roberta(width: 1024, layers: 24, heads: 16, vocabulary: 50_265),
        ["gpt2"] = """{"model_type": "gpt2"}""",
        ["qwen2-0.5b"] = """
            {
              "model_type": "qwen2", "vocab_size": 151936, "hidden_size": 896, "num_hidden_layers": 24,
              "num_attention_heads": 14, "num_key_value_heads": 2, "intermediate_size": 4864,
              "max_position_embeddings": 32768, "rope_theta": 1000000, "tie_word_embeddings": true
            }
            """,
        ["llama-1b"] = """
            {
              "model_type": "llama", "vocab_size": 128256, "hidden_size": 2048, "num_hidden_layers": 16,
              "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "intermediate_size": 8192,
              "max_position_embeddings": 131072, "rope_theta": 500000, "tie_word_embeddings": true
            }
            """,
        ["llama-8b"] = """
            {
              "model_type": "llama", "vocab_size": 128256, "hidden_size": 4096, "num_hidden_layers": 32,
              "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 14336,
              "max_position_embeddings": 131072, "rope_theta": 500000
            }
            """,
    };

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    /// <summary>A known shape, or that of a <c>config.json</c>.</summary>
    /// <exception cref="EngineException">Neither.</exception>
    /// <exception cref="Training.Data.InputFileException">The file cannot be used.</exception>
    public static ModelConfig Of(string nameOrPath) =>
        Known.TryGetValue(nameOrPath, out var json) ? ModelConfig.Parse(Encoding.UTF8.GetBytes(json), nameOrPath)
        : File.Exists(nameOrPath) ? ModelConfig.Read(nameOrPath)
        : throw new EngineException(
            $"shape is '{nameOrPath}'; expected {string.Join(", ", Names)}, or the path of a config.json",
            "name one of them");

    private static string Roberta(int width, int layers, int heads, int vocabulary) => FormattableString.Invariant(
        $$"""
        {
          "model_type": "roberta", "vocab_size": {{vocabulary}}, "hidden_size": {{width}},
          "num_hidden_layers": {{layers}}, "num_attention_heads": {{heads}}, "intermediate_size": {{4 * width}},
          "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1
        }
        """);
}
