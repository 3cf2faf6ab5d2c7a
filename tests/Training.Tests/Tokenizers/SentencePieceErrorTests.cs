using System.Text.Json.Nodes;
using FedLowRank.Training.Data;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Tokenizers;

public sealed class SentencePieceErrorTests
{
    [Theory]
    [InlineData("normalizer", """{"type":"NFKC"}""", "normalizer.type: \"NFKC\" is not supported; supported are Seq")]
    [InlineData("normalizer.normalizers", """[{"type":"Lowercase"}]""", "normalizer.normalizers[0].type: \"Lowerc")]
    [InlineData("normalizer", """{"type":"Prepend","prepend":1}""", "normalizer.prepend: 1 must be a string")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"a"},"content":""}""", "supported is String")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":""},"content":""}""", "\"\" must not be empty")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":"a"}}""", "normalizer.content: is missing")]
    [InlineData("pre_tokenizer", """{"type":"Split"}""", "\"Split\" is not supported; supported are ByteLevel, Meta")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace"}""", "pre_tokenizer.replacement: is missing")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "\"__\" must be one character")]
    [InlineData(
        "pre_tokenizer",
        """{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}""",
        "pre_tokenizer.prepend_scheme: \"last\" is not supported; supported are always, first and never")]
    [InlineData(
        "pre_tokenizer",
        """{"type":"Metaspace","replacement":"_","add_prefix_space":false}""",
        "pre_tokenizer.add_prefix_space: false contradicts prepend_scheme, \"always\"")]
    [InlineData("model.type", "\"Unigram\"", "\"Unigram\" is not supported; supported is BPE")]
    [InlineData("model.dropout", "0.1", "0.1 is not supported; supported is null")]
    [InlineData("model.ignore_merges", "true", "true is not supported; supported is false")]
    [InlineData("model.byte_fallback", "1", "model.byte_fallback: 1 must be true or false")]
    [InlineData("model.unk_token", "\"what\"", "model.unk_token: \"what\" is not in model.vocab")]
    [InlineData("model.vocab", "{}", "model.vocab.<0x00>: is missing; a vocabulary with byte_fallback has a token for")]
    [InlineData("model.merges", """["▁ @@"]""", "needs the token \"@@\", which model.vocab does not have")]
    [InlineData("decoder", """{"type":"ByteLevel"}""", "decoder.type: \"ByteLevel\" is not supported; supported are")]
    [InlineData("decoder.decoders", """[{"type":"Strip","content":"ab"}]""", "\"ab\" must be one character")]
    [InlineData("decoder.decoders", """[{"type":"Strip","content":" ","start":-1}]""", "-1 must be a whole number")]
    [InlineData("post_processor", """{"type":"Sequence"}""", "\"Sequence\" is not supported; supported are Roberta")]
    [InlineData("truncation", """{"direction":"Left"}""", "\"Left\" is not supported; supported is Right")]
    public void A_wrong_or_unsupported_field_is_named_with_its_value(string field, string value, string message)
    {
        var json = SmallSentencePiece.Json();
        SmallSentencePiece.Set(json, field, JsonNode.Parse(value));
        var bytes = SmallSentencePiece.Bytes(json);

        var error = Assert.Throws<InputFileException>(() => Tokenizer.Parse(bytes, "tokenizer.json"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("tokenizer.json: " + field.Split('.')[0], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_added_token_of_which_normalisation_leaves_nothing_is_refused()
    {
        var json = SmallSentencePiece.Json();
        json["added_tokens"]!.AsArray().Add(
            new JsonObject { ["id"] = 512, ["content"] = "#", ["normalized"] = true });
        SmallSentencePiece.Set(
            json, "normalizer", JsonNode.Parse("""{"type":"Replace","pattern":{"String":"#"},"content":""}"""));

        var error = Assert.Throws<InputFileException>(() => SmallSentencePiece.Parse(json));
        Assert.Contains("leaves nothing of the added token \"#\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_level_file_is_refused_by_the_reader_of_the_other_kind()
    {
        var error = Assert.Throws<InputFileException>(() => SmallSentencePiece.Parse(SmallTokenizer.Json()));
        Assert.Contains("\"ByteLevel\" is not supported; supported are Meta", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_refused_or_read_and_never_crash()
    {
        var good = SmallSentencePiece.Bytes(SmallSentencePiece.Json());
        var refused = 0;
        const int trials = 3000;
        for (var seed = 0; seed < trials; seed++)
        {
            var random = new Random(seed);
            var bytes = good[..(random.Next(4) == 0 ? random.Next(good.Length) : good.Length)];
            for (var change = random.Next(1, 4); change > 0 && bytes.Length > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            refused += ReadsOrRefuses(bytes, seed) ? 0 : 1;
        }
        Assert.InRange(refused, trials / 2, trials - 1);
    }

    [Fact]
    public void Files_with_values_swapped_for_other_JSON_are_refused_or_read_and_never_crash()
    {
        string[] values = ["null", "true", "-1", "2147483647", "1e9", "\"\"", "\"▁\"", "[]", "{}", "[[]]", "\"<s>\""];
        var (refused, trials) = (0, 1500);
        for (var seed = 0; seed < trials; seed++)
        {
            var random = new Random(seed);
            var json = SmallSentencePiece.Json();
            // Most nodes are tokens and merges: most changes go elsewhere.
            JsonNode[] nodes = [.. Descendants(json, inVocabulary: random.Next(4) == 0)];
            nodes[random.Next(nodes.Length)].ReplaceWith(JsonNode.Parse(values[random.Next(values.Length)]));
            refused += ReadsOrRefuses(SmallSentencePiece.Bytes(json), seed) ? 0 : 1;
        }
        Assert.InRange(refused, trials / 4, trials - 1);
    }

    private static bool ReadsOrRefuses(byte[] bytes, int seed)
    {
        try
        {
            var tokenizer = Tokenizer.Parse(bytes, "tokenizer.json");
            tokenizer.Decode(tokenizer.Encode("Lily é  <s> 😀 was", 16));
            return true;
        }
        catch (InputFileException)
        {
            return false;
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}: {e}");
            throw;
        }
    }

    private static IEnumerable<JsonNode> Descendants(JsonNode node, bool inVocabulary)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject members when inVocabulary || members.Count < 100 => members.Select(member => member.Value),
            JsonArray items when inVocabulary || items.Count < 100 => items,
            _ => [],
        };
        return children.OfType<JsonNode>().SelectMany(child => Descendants(child, inVocabulary).Prepend(child));
    }
}
