using System.IO.Compression;
using System.Text.Json;
using FedLowRank.Tests;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Tokenizers;

/// <summary>The ids of Hugging Face's tokenizers 0.23.2 for the base model of samples/, text by text.</summary>
public sealed class BaseModelVectorTests
{
    private static readonly ByteLevelBpe Tokenizer =
        ByteLevelBpe.Read(RepositoryFiles.Path("samples", "base", "tokenizer.json"));

    [Fact]
    public void Every_golden_vector_gets_the_same_ids_and_decodes_to_its_text()
    {
        using var vectors = ReadGolden("tokenizer_vectors.json.gz");
        var count = 0;
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var text = vector.GetProperty("text").GetString()!;
            int[] expected = [.. vector.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(expected, Tokenizer.Encode(text, int.MaxValue));
            if (!text.Contains('<', StringComparison.Ordinal)) Assert.Equal(text, Tokenizer.Decode(expected));
            count++;
        }
        Assert.Equal(410, count);
    }

    [Fact]
    public void Every_sentence_of_the_golden_hidden_states_gets_the_same_ids()
    {
        using var golden = ReadGolden("golden.json.gz");
        var sentences = golden.RootElement.GetProperty("sentences");
        foreach (var sentence in sentences.EnumerateArray())
        {
            var length = sentence.GetProperty("length").GetInt32();
            var expected = sentence.GetProperty("input_ids").EnumerateArray().Take(length).Select(id => id.GetInt32());
            Assert.Equal(expected, Tokenizer.Encode(sentence.GetProperty("text").GetString()!, 128));
        }
        Assert.Equal(8, sentences.GetArrayLength());
    }

    private static JsonDocument ReadGolden(string name)
    {
        using var file = File.OpenRead(RepositoryFiles.Path("tests", "golden", "base", name));
        using var json = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(json);
    }
}
