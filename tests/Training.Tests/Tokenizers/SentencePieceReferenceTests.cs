using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FedLowRank.Training.Tests.Tokenizers;

/// <summary>
/// Compares the fast encoder with a slow one on random texts: strings for tokens, and a scan of the whole text for
/// every merge; with random merges as well, because those of a trained vocabulary seldom compete.
/// </summary>
public sealed class SentencePieceReferenceTests
{
    private static readonly string[] Pieces =
    [
        " ", " ", "  ", "   ", "▁", "\n", "the", "The", " was", "ing", "Lily", "a", "b", "ed", "aa", ".", "'", "é", "€",
        "日本", "😀", "\u0000", "\uFFFD", "<0x41>", "e\u0301",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_texts_get_the_ids_of_the_slow_encoder(int seed) =>
        Compare(SmallSentencePiece.Json(), Pieces, trials: 1500, seed);

    [Fact]
    public void Random_merges_give_the_ids_of_the_slow_encoder()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var json = SmallSentencePiece.Json();
            json["model"]!["merges"] = RandomMerges(new Random(seed), json["model"]!["vocab"]!.AsObject());
            Compare(json, ["a", "b", "e", " "], trials: 20, seed);
        }
    }

    private static void Compare(JsonNode json, string[] pieces, int trials, int seed)
    {
        var random = new Random(seed);
        var fast = SmallSentencePiece.Parse(json);
        var slow = new SlowEncoder(json);
        for (var trial = 0; trial < trials; trial++)
        {
            var text = string.Concat(random.GetItems(pieces, random.Next(40)));
            Assert.True(
                slow.Encode(text).SequenceEqual(fast.Encode(text, int.MaxValue)),
                $"seed {seed}, trial {trial}: {JsonSerializer.Serialize(text)}");
        }
    }

    private static JsonArray RandomMerges(Random random, JsonObject vocabulary)
    {
        List<string> known = ["a", "b", "e", "▁"];
        var merges = new HashSet<(string, string)>();
        for (var i = 0; i < 30; i++)
        {
            var (left, right) = (known[random.Next(known.Count)], known[random.Next(known.Count)]);
            if (left.Length + right.Length > 8 || !merges.Add((left, right))) continue;
            if (vocabulary.TryAdd(left + right, 600 + i)) known.Add(left + right);
        }
        (string Left, string Right)[] order = [.. merges];
        random.Shuffle(order);
        return [.. order.Select(merge => new JsonArray(merge.Left, merge.Right))];
    }

    private sealed class SlowEncoder
    {
        private readonly Dictionary<string, int> vocabulary;
        private readonly Dictionary<(string, string), int> ranks = [];

        public SlowEncoder(JsonNode json)
        {
            vocabulary = json["model"]!["vocab"].Deserialize<Dictionary<string, int>>()!;
            foreach (var merge in json["model"]!["merges"]!.AsArray())
            {
                var pair = merge is JsonArray ? merge.Deserialize<string[]>()! : merge!.GetValue<string>().Split(' ');
                ranks.Add((pair[0], pair[1]), ranks.Count);
            }
        }

        public int[] Encode(string text)
        {
            if (text.Length > 0) text = "▁" + text.Replace(' ', '▁');
            List<string> parts = [.. text.EnumerateRunes().SelectMany(rune =>
                vocabulary.ContainsKey(rune.ToString())
                    ? [rune.ToString()]
                    : Encoding.UTF8.GetBytes(rune.ToString()).Select(value => $"<0x{value:X2}>"))];
            while (true)
            {
                var best = Enumerable.Range(0, Math.Max(parts.Count - 1, 0))
                    .Select(i => (Rank: ranks.GetValueOrDefault((parts[i], parts[i + 1]), int.MaxValue), Index: i))
                    .DefaultIfEmpty((Rank: int.MaxValue, Index: 0)).Min();
                if (best.Rank == int.MaxValue) return [1, .. parts.Select(part => vocabulary[part])];
                parts[best.Index] += parts[best.Index + 1];
                parts.RemoveAt(best.Index + 1);
            }
        }
    }
}
