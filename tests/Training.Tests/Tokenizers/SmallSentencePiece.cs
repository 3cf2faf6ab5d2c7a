using System.Text;
using System.Text.Json.Nodes;
using FedLowRank.Tests;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Tokenizers;

/// <summary>The tokenizer.json of stories260K (512 tokens), to be changed field by field.</summary>
internal static class SmallSentencePiece
{
    public static string FilePath { get; } = RepositoryFiles.Path("samples", "stories260k", "tokenizer.json");

    public static JsonNode Json() => JsonNode.Parse(File.ReadAllBytes(FilePath))!;

    public static SentencePieceBpe Parse(JsonNode file) =>
        SentencePieceBpe.Parse(Bytes(file), "tokenizer.json");

    public static byte[] Bytes(JsonNode file) => Encoding.UTF8.GetBytes(file.ToJsonString());

    /// <summary>Sets the field with a name such as <c>model.vocab</c>.</summary>
    public static void Set(JsonNode file, string field, JsonNode? value)
    {
        var names = field.Split('.');
        var parent = names[..^1].Aggregate(file, (node, name) => node[name]!);
        parent[names[^1]] = value?.DeepClone();
    }
}
