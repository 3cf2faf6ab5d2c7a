using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FedLowRank.Tests;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training.Tests.Tokenizers;

/// <summary>
/// Compares the fast encoder with a slow one: GPT-2's regular expression as it stands, and a scan of the whole word for
/// every merge. Random texts with the alphabets' awkward characters.
/// </summary>
public sealed partial class ReferenceEncodingTests
{
    // Below: space of many kinds, contractions, letters, numbers and symbols, in the basic plane and outside of it.
    private static readonly string[] Pieces =
    [
        " ", " ", " ", "  ", "\n", "\t", "\r\n", "\u00A0", "\u2003", "\u3000", "\u0085", "\u001C", "\u200B", "\u180E",
        "'", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "’s", "the", "ing", "package", "Debian", "é", "e\u0301",
        "ß", "ǅ", "ʰ", "ª", "日本", "한", "1", "23", "²", "½", "Ⅷ", "٣", "-", "...", "_", "(", "€", "\u0000", "\uFFFD",
        "😀", "👨\u200D👩", "𝒜", "𐐀", "𠀀", "𝟙", "𐄇", "\U000E0001",
    ];

    private static readonly string TokenizerPath = RepositoryFiles.Path("samples", "base", "tokenizer.json");

    private static readonly Dictionary<byte, char> Alphabet =
        SmallTokenizer.Alphabet().ToDictionary(pair => (byte)pair.Value, pair => pair.Character);

    private static readonly Dictionary<string, int> Vocabulary;
    private static readonly Dictionary<(string, string), int> Ranks = [];

    static ReferenceEncodingTests()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(TokenizerPath));
        var model = json.RootElement.GetProperty("model");
        Vocabulary = model.GetProperty("vocab").Deserialize<Dictionary<string, int>>()!;
        foreach (var merge in model.GetProperty("merges").EnumerateArray())
        {
            var pair = merge.GetString()!.Split(' ');
            Ranks.Add((pair[0], pair[1]), Ranks.Count);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_texts_get_the_ids_of_the_slow_encoder(int seed)
    {
        var random = new Random(seed);
        var tokenizer = ByteLevelBpe.Read(TokenizerPath);
        for (var trial = 0; trial < 2000; trial++)
        {
            var text = string.Concat(random.GetItems(Pieces, random.Next(30)));
            int[] expected = [0, .. Words(text).SelectMany(Encode), 2];
            var actual = tokenizer.Encode(text, int.MaxValue);
            Assert.True(
                expected.SequenceEqual(actual), $"seed {seed}, trial {trial}: {JsonSerializer.Serialize(text)}");
        }
    }

    /// <summary>
    /// .NET's Regex reads UTF-16 units: every code point outside the basic plane gets a stand-in of its class.
    /// </summary>
    private static IEnumerable<string> Words(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        var standIns = string.Concat(runes.Select(rune =>
            rune.IsBmp ? (char)rune.Value : Rune.IsLetter(rune) ? 'x' : Rune.IsNumber(rune) ? '1' : '#'));
        return Gpt2().Matches(standIns)
            .Select(match => string.Concat(runes[match.Index..(match.Index + match.Length)]));
    }

    private static int[] Encode(string word)
    {
        List<string> parts = [.. Encoding.UTF8.GetBytes(word).Select(value => Alphabet[value].ToString())];
        while (true)
        {
            var best = Enumerable.Range(0, Math.Max(parts.Count - 1, 0))
                .Select(i => (Rank: Ranks.GetValueOrDefault((parts[i], parts[i + 1]), int.MaxValue), Index: i))
                .DefaultIfEmpty((Rank: int.MaxValue, Index: 0)).Min();
            if (best.Rank == int.MaxValue) return [.. parts.Select(part => Vocabulary[part])];
            parts[best.Index] += parts[best.Index + 1];
            parts.RemoveAt(best.Index + 1);
        }
    }

    [GeneratedRegex(
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        RegexOptions.None,
        matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Gpt2();
}
