using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedLowRank.Tests;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Tokenizers;

/// <summary>
/// The ids and decoded texts of Hugging Face's tokenizers 0.23.2: stories260K as it is, and with other normalisers,
/// pre-tokenizers, decoders, frames, added tokens and ways with unknown characters.
/// </summary>
public sealed class SentencePieceVectorTests
{
    [Fact]
    public void Every_golden_vector_gets_the_same_ids_and_decodes_to_its_text()
    {
        var tokenizer = Tokenizer.Read(SmallSentencePiece.FilePath);
        using var vectors = ReadGolden("tokenizer_vectors.json.gz");
        var count = 0;
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var text = vector.GetProperty("text").GetString()!;
            var expected = Ids(vector);
            Assert.Equal(expected, tokenizer.Encode(text, int.MaxValue));
            Assert.Equal(text, tokenizer.Decode(expected));
            count++;
        }
        Assert.Equal(410, count);
    }

    [Fact]
    public void Every_variant_gives_the_same_ids_and_texts()
    {
        using var golden = ReadGolden("tokenizer_variants.json.gz");
        var (encoded, decoded) = (0, 0);
        foreach (var variant in golden.RootElement.EnumerateArray())
        {
            var json = SmallSentencePiece.Json();
            foreach (var change in variant.GetProperty("changes").EnumerateObject())
                SmallSentencePiece.Set(json, change.Name, JsonNode.Parse(change.Value.GetRawText()));
            var tokenizer = SmallSentencePiece.Parse(json);
            foreach (var test in variant.GetProperty("cases").EnumerateArray())
            {
                var ids = Ids(test);
                var told = $"{variant.GetProperty("name")}: {test}";
                if (test.TryGetProperty("text", out var text))
                {
                    var actual = tokenizer.Encode(text.GetString()!, int.MaxValue);
                    Assert.True(ids.SequenceEqual(actual), $"{told}; encoded [{string.Join(',', actual)}]");
                    encoded++;
                }
                // Where added special tokens are normalized, that version does not leave them out, so no text is kept.
                if (test.TryGetProperty("decoded", out var expected))
                {
                    var back = tokenizer.Decode(ids);
                    Assert.True(expected.GetString() == back, $"{told}; decoded \"{back}\"");
                    decoded++;
                }
            }
        }
        Assert.Equal((1260, 1500), (encoded, decoded));
    }

    private static int[] Ids(JsonElement test) =>
        [.. test.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];

    private static JsonDocument ReadGolden(string name)
    {
        using var file = File.OpenRead(RepositoryFiles.Path("tests", "golden", "llama", name));
        using var json = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(json);
    }
}
