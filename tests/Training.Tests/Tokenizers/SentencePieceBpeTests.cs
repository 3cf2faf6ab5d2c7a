using System.Diagnostics;
using System.Text.Json.Nodes;
using FedLowRank.Tests;
using FedLowRank.Training.Tokenizers;
using static FedLowRank.Training.Tests.Tokenizers.SmallSentencePiece;

namespace FedLowRank.Training.Tests.Tokenizers;

public sealed class SentencePieceBpeTests
{
    private static readonly ITokenizer Stories = Tokenizer.Read(FilePath);

    [Fact]
    public void The_content_of_the_file_picks_the_kind_of_tokenizer()
    {
        Assert.IsType<SentencePieceBpe>(Stories);
        Assert.Equal(512, Stories.VocabularySize);
        Assert.IsType<ByteLevelBpe>(Tokenizer.Read(RepositoryFiles.Path("samples", "base", "tokenizer.json")));

        var json = Json();
        Set(json, "pre_tokenizer", JsonNode.Parse("""{ "type": "Metaspace", "replacement": "▁" }"""));
        Assert.IsType<SentencePieceBpe>(Tokenizer.Parse(Bytes(json), "tokenizer.json"));
    }

    [Theory]
    [InlineData("a longer text, <s> with 3 numbers: 1 22 333\n\nand   space")]
    [InlineData("😀🚀 naïve café — 日本語")]
    [InlineData("")]
    public void A_cut_keeps_the_frame_and_the_start_of_the_content(string text)
    {
        var whole = Stories.Encode(text, int.MaxValue);
        for (var tokensMax = 1; tokensMax <= whole.Length + 1; tokensMax++)
            Assert.Equal(whole[..Math.Min(tokensMax, whole.Length)], Stories.Encode(text, tokensMax));
        Assert.Throws<ArgumentOutOfRangeException>("tokensMax", () => Stories.Encode(text, 0));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_the_replacement_character()
    {
        Assert.Equal(Stories.Encode("a\uFFFDb", 100), Stories.Encode("a\uD83Db", 100));
        Assert.Equal(Stories.Encode("a\uFFFD", 100), Stories.Encode("a\uD83D", 100));
    }

    [Theory]
    [InlineData("was thed")]
    [InlineData("      ")]
    [InlineData("a")]
    public void A_text_of_a_quarter_of_a_million_characters_takes_no_quadratic_time(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 250_000 / part.Length));
        var clock = Stopwatch.StartNew();
        var ids = Stories.Encode(text, int.MaxValue);
        Assert.Equal(text, Stories.Decode(ids));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"{clock.Elapsed}");
    }

    [Fact]
    public void Decoding_leaves_out_special_tokens_and_refuses_unknown_ids()
    {
        Assert.Equal("Lily was a", Stories.Decode([1, .. Stories.Encode("Lily was a", 100), 2, 0]));
        Assert.Throws<ArgumentOutOfRangeException>("tokens", () => Stories.Decode([512]));
        Assert.Throws<ArgumentOutOfRangeException>("tokens", () => Stories.Decode([-1]));
    }

    [Fact]
    public void Normalized_special_tokens_are_left_out_as_well()
    {
        var json = Json();
        foreach (var token in json["added_tokens"]!.AsArray()) token!["normalized"] = true;
        var tokenizer = Parse(json);
        Assert.Equal("Lily was a", tokenizer.Decode(tokenizer.Encode("Lily was a", 100)));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_become_replacement_characters()
    {
        var ids = Stories.Encode("a日", 100);
        Assert.Equal("a日", Stories.Decode(ids));
        Assert.Equal("a\uFFFD\uFFFD", Stories.Decode(ids.AsSpan()[..^1]));
    }

    [Theory]
    [InlineData(0, 0, "xxaxxx", "xxaxxx")]
    [InlineData(1, 1, "xxaxxx", "xaxx")]
    [InlineData(5, 2, "xxaxxx", "ax")]
    [InlineData(1, 1, "xxx", "x")]
    [InlineData(2, 2, "xxx", "")]
    public void Strip_takes_at_most_so_many_characters_from_either_end(
        int start, int stop, string text, string expected)
    {
        var json = Json();
        JsonObject strip = new() { ["type"] = "Strip", ["content"] = "x", ["start"] = start, ["stop"] = stop };
        Set(json, "decoder.decoders", new JsonArray(new JsonObject { ["type"] = "Fuse" }, strip));
        Set(json, "normalizer", null);
        var tokenizer = Parse(json);
        Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(text, 100)));
    }

    [Fact]
    public void Many_threads_get_the_ids_that_one_gets()
    {
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => $"Lily {i % 97} text{i} of number {i * 31 % 1000}")];
        int[][] expected = [.. texts.Select(text => Stories.Encode(text, 64))];
        var actual = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => actual[i] = Stories.Encode(texts[i], 64));
        Assert.Equal(expected, actual);
    }
}
