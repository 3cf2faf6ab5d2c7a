using System.Diagnostics;
using System.Text.Json.Nodes;
using FedLowRank.Tests;
using FedLowRank.Training.Tokenizers;
using static FedLowRank.Training.Tests.Tokenizers.SmallTokenizer;

namespace FedLowRank.Training.Tests.Tokenizers;

public sealed class ByteLevelBpeTests
{
    private static readonly ByteLevelBpe Base =
        ByteLevelBpe.Read(RepositoryFiles.Path("samples", "base", "tokenizer.json"));

    [Fact]
    public void The_lowest_rank_merges_first_and_the_frame_goes_round_the_text()
    {
        Assert.Equal([Start, Abc, Byte('c'), Byte('b'), Ab, End], Parse(Json()).Encode("abccbab", 100));
    }

    [Fact]
    public void Merges_as_pairs_are_merges_as_strings()
    {
        var json = Json();
        json["model"]!["merges"] = JsonNode.Parse("""[["a", "b"], ["ab", "c"]]""");
        Assert.Equal([Start, Abc, Ab, End], Parse(json).Encode("abcab", 100));
    }

    [Fact]
    public void A_file_like_that_of_roberta_base_without_model_type_and_with_a_version_line_is_read()
    {
        var json = Json();
        json["model"]!.AsObject().Remove("type");
        json["model"]!["merges"] = JsonNode.Parse("""["#version: 0.2 - Trained by someone", "a b"]""");
        Assert.Equal([Start, Ab, Byte('c'), End], Parse(json).Encode("abc", 100));
    }

    [Theory]
    [InlineData("a longer text, <mask> with 3 numbers: 1 22 333\n\nand   space")]
    [InlineData("😀🚀 naïve café — 日本語")]
    [InlineData("")]
    public void A_cut_keeps_the_frame_and_the_start_of_the_content(string text)
    {
        var whole = Base.Encode(text, int.MaxValue);
        for (var tokensMax = 2; tokensMax <= whole.Length + 1; tokensMax++)
        {
            int[] expected = tokensMax >= whole.Length ? whole : [.. whole[..(tokensMax - 1)], whole[^1]];
            Assert.Equal(expected, Base.Encode(text, tokensMax));
        }
    }

    [Fact]
    public void Fewer_tokens_than_the_frame_needs_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("tokensMax", () => Base.Encode("text", 1));
    }

    [Fact]
    public void The_mask_takes_the_space_before_it_and_not_the_space_after()
    {
        Assert.Equal(
            [Start, Byte('a'), Mask, Byte(' '), Byte('b'), Mask, End],
            Parse(Json()).Encode("a \t <mask> b<mask>", 100));
    }

    [Fact]
    public void The_longest_added_token_wins_and_normalized_ones_are_looked_for_in_what_is_left()
    {
        var json = Json();
        (string, int, bool)[] added = [("xx", 400, false), ("xxx", 401, false), ("xxxx", 402, true)];
        foreach (var (content, id, normalized) in added)
            json["added_tokens"]!.AsArray().Add(
                new JsonObject { ["id"] = id, ["content"] = content, ["normalized"] = normalized, ["rstrip"] = true });
        var tokenizer = Parse(json);
        Assert.Equal([Start, 401, Byte('x'), Byte('y'), 400, Byte('y'), End], tokenizer.Encode("xxxxyxx  y", 100));

        json["added_tokens"]![5]!["content"] = "yy";
        Assert.Equal([Start, 402, 400, 402, Byte('a'), End], Parse(json).Encode("yyxxyy a", 100));
    }

    [Fact]
    public void A_prefix_space_is_added_to_every_plain_piece_that_has_none()
    {
        var json = Json();
        json["pre_tokenizer"]!["add_prefix_space"] = true;
        var tokenizer = Parse(json);
        Assert.Equal([Start, Byte(' '), Byte('a'), Mask, Byte(' '), Byte('b'), End], tokenizer.Encode("a<mask>b", 100));
        Assert.Equal([Start, Byte(' '), Byte('a'), End], tokenizer.Encode(" a", 100));
        Assert.Equal([Start, End], tokenizer.Encode("", 100));
    }

    [Fact]
    public void A_template_sets_the_frame()
    {
        var json = Json();
        json["post_processor"] = JsonNode.Parse(
            """
            {
              "type": "TemplateProcessing",
              "single": [
                { "SpecialToken": { "id": "[CLS]", "type_id": 0 } },
                { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": "[SEP]", "type_id": 0 } }
              ],
              "special_tokens": {
                "[CLS]": { "id": "[CLS]", "ids": [2, 0], "tokens": ["<mask>", "<s>"] },
                "[SEP]": { "id": "[SEP]", "ids": [1], "tokens": ["</s>"] }
              }
            }
            """);
        Assert.Equal([Mask, Start, Ab, End], Parse(json).Encode("abd", 4));
    }

    [Fact]
    public void Without_a_post_processor_there_is_no_frame()
    {
        var json = Json();
        json["post_processor"] = null;
        Assert.Equal([Ab], Parse(json).Encode("ab", 1));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_the_replacement_character()
    {
        Assert.Equal(Base.Encode("a\uFFFDb", 100), Base.Encode("a\uD83Db", 100));
        Assert.Equal(Base.Encode("a\uFFFD", 100), Base.Encode("a\uD83D", 100));
    }

    [Theory]
    [InlineData('a')]
    [InlineData('-')]
    [InlineData(' ')]
    public void A_word_of_a_hundred_thousand_characters_takes_no_quadratic_time(char character)
    {
        var clock = Stopwatch.StartNew();
        var part = character == 'a' ? "ingthe" : new string(character, 6);
        var text = string.Concat(Enumerable.Repeat(part, 100_000 / 6));
        var ids = Base.Encode(text, int.MaxValue);
        Assert.Equal(text, Base.Decode(ids));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"{clock.Elapsed}");
    }

    [Fact]
    public void Decoding_leaves_out_special_tokens_and_refuses_unknown_ids()
    {
        var tokenizer = Parse(Json());
        Assert.Equal("abc ab", tokenizer.Decode([Start, Abc, Byte(' '), Mask, Ab, End]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([Abc + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([5]));
        Assert.Equal(Abc + 1, tokenizer.VocabularySize);
    }

    [Fact]
    public void Many_threads_get_the_ids_that_one_gets()
    {
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => $"word{i % 97} text{i} of number {i * 31 % 1000}")];
        var fresh = ByteLevelBpe.Read(RepositoryFiles.Path("samples", "base", "tokenizer.json"));
        int[][] expected = [.. texts.Select(text => Base.Encode(text, 64))];
        var actual = new int[texts.Length][];
        Parallel.For(0, texts.Length, i => actual[i] = fresh.Encode(texts[i], 64));
        Assert.Equal(expected, actual);
    }
}
