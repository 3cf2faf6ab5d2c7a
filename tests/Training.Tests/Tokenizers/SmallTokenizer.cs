using System.Text;
using System.Text.Json.Nodes;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Tokenizers;

/// <summary>A tokenizer.json of all bytes and a few merges, to be changed field by field.</summary>
internal static class SmallTokenizer
{
    public const int Start = 0;
    public const int End = 1;
    public const int Mask = 2;
    public const int Ab = 300;
    public const int Abc = 301;

    private const int FirstByte = 10;

    /// <summary>The token of one byte.</summary>
    public static int Byte(char value) => FirstByte + value;

    public static ByteLevelBpe Parse(JsonNode file) =>
        ByteLevelBpe.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), "tokenizer.json");

    public static JsonNode Json()
    {
        var vocabulary = new JsonObject { ["<s>"] = Start, ["</s>"] = End, ["ab"] = Ab, ["abc"] = Abc };
        foreach (var (character, value) in Alphabet()) vocabulary[character.ToString()] = FirstByte + value;
        var file = JsonNode.Parse(
            """
            {
              "added_tokens": [
                { "id": 0, "content": "<s>", "normalized": false, "special": true },
                { "id": 1, "content": "</s>", "normalized": false, "special": true },
                { "id": 2, "content": "<mask>", "lstrip": true, "normalized": false, "special": true }
              ],
              "normalizer": null,
              "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "use_regex": true },
              "post_processor": { "type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0] },
              "model": { "type": "BPE", "dropout": null, "merges": ["a b", "ab c"] }
            }
            """)!;
        file["model"]!["vocab"] = vocabulary;
        return file;
    }

    /// <summary>GPT-2's byte alphabet, from its definition.</summary>
    public static IEnumerable<(char Character, int Value)> Alphabet()
    {
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            yield return ((char)(printable ? value : next++), value);
        }
    }
}
