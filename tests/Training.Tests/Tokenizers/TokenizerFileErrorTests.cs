using System.Text;
using System.Text.Json.Nodes;
using FedLowRank.Training.Data;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Tokenizers;

public sealed class TokenizerFileErrorTests
{
    [Theory]
    [InlineData("normalizer", """{"type":"NFC"}""", "is not supported; supported is null")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer.type: is missing; is not supported; supported is ByteLevel")]
    [InlineData("pre_tokenizer.type", "\"Metaspace\"", "\"Metaspace\" is not supported; supported is ByteLevel")]
    [InlineData("pre_tokenizer.use_regex", "false", "false is not supported; supported is true")]
    [InlineData("pre_tokenizer.add_prefix_space", "1", "1 must be true or false")]
    [InlineData("model.type", "\"WordPiece\"", "\"WordPiece\" is not supported; supported is BPE")]
    [InlineData("model.dropout", "0.1", "0.1 is not supported; supported is null")]
    [InlineData("model.byte_fallback", "true", "true is not supported; supported is false")]
    [InlineData("model.ignore_merges", "true", "true is not supported; supported is false")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "is not supported; supported is")]
    [InlineData("model.continuing_subword_prefix", "\"##\"", "is not supported; supported is")]
    [InlineData("model.vocab", "{}", "a byte-level vocabulary has a token for byte 0")]
    [InlineData("model.vocab.ab", "300000000", "300000000 must be a whole number from 0 to")]
    [InlineData("model.vocab.ab", "301", "301 is the id of two tokens")]
    [InlineData("model.merges", "[\"a b c\"]", "must be two tokens")]
    [InlineData("model.merges", "[\"a d\"]", "needs the token \"ad\", which model.vocab does not have")]
    [InlineData("model.merges", "[7]", "model.merges[0]: 7 must be an array")]
    [InlineData("model", "[]", "model: [] must be an object")]
    [InlineData("truncation", """{"direction":"Left"}""", "\"Left\" is not supported; supported is Right")]
    [InlineData("added_tokens", """[{"id":0,"content":""}]""", "added_tokens[0].content: \"\" must not be empty")]
    [InlineData("added_tokens", """[{"id":0,"content":"x","single_word":true}]""", "is also the id of \"<s>\"")]
    [InlineData("added_tokens", """[{"id":7,"content":"xx","single_word":true}]""", "single_word: true is not supp")]
    [InlineData("added_tokens", """[{"id":7,"content":"<s>"}]""", "differs from the id in model.vocab, 0")]
    [InlineData("added_tokens", """[{"id":7,"content":"xx"},{"id":8,"content":"xx"}]""", "\"xx\" comes twice")]
    [InlineData("post_processor.type", "\"Sequence\"", "\"Sequence\" is not supported; supported are Roberta")]
    [InlineData("post_processor.cls", "[\"<s>\",9]", "9 is not the id of a token")]
    [InlineData("post_processor.cls", "[\"<s>\"]", "must be [token, id]")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[]}""", "must hold one Sequence")]
    public void A_wrong_or_unsupported_field_is_named_with_its_value(string field, string value, string message)
    {
        var json = SmallTokenizer.Json();
        var names = field.Split('.');
        var parent = names[..^1].Aggregate(json, (node, name) => node[name]!);
        parent[names[^1]] = JsonNode.Parse(value);

        var error = Assert.Throws<InputFileException>(() => SmallTokenizer.Parse(json));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("tokenizer.json: " + names[0], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"model": 1, "model": 2}""")]
    [InlineData("""{"model": {"type": "\ud800"}}""")]
    [InlineData("""{"\ud800": 1}""")]
    public void What_is_not_a_JSON_object_is_refused(string json)
    {
        Assert.Throws<InputFileException>(() => ByteLevelBpe.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json"));
    }

    [Fact]
    public void A_file_that_is_not_UTF8_is_refused()
    {
        byte[] json = [.. "{\"normalizer\": \""u8, 0xFF, .. "\"}"u8];
        var error = Assert.Throws<InputFileException>(() => ByteLevelBpe.Parse(json, "tokenizer.json"));
        Assert.Contains("is not UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_refused_by_name()
    {
        var error = Assert.Throws<InputFileException>(() => ByteLevelBpe.Read("/nowhere/tokenizer.json"));
        Assert.StartsWith("/nowhere/tokenizer.json: cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_refused_or_read_and_never_crash()
    {
        var good = Encoding.UTF8.GetBytes(SmallTokenizer.Json().ToJsonString());
        var refused = 0;
        const int trials = 3000;
        for (var seed = 0; seed < trials; seed++)
        {
            var random = new Random(seed);
            var bytes = good[..(random.Next(4) == 0 ? random.Next(good.Length) : good.Length)];
            for (var change = random.Next(1, 4); change > 0 && bytes.Length > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                ByteLevelBpe.Parse(bytes, "tokenizer.json").Encode("some text <mask> abc", 16);
            }
            catch (InputFileException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }
        Assert.InRange(refused, trials / 2, trials - 1);
    }
}
