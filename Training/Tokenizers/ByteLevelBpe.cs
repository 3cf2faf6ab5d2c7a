using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// Byte-level byte-pair encoding as GPT-2 and RoBERTa use it, read from a Hugging Face <c>tokenizer.json</c>: added
/// tokens are found first, the rest is split into words, and the UTF-8 bytes of each word are merged by rank. Gives
/// the same ids as Hugging Face's tokenizers.
/// </summary>
public sealed class ByteLevelBpe : ITokenizer
{
    // Words repeat (Zipf), so most are encoded once. Long ones are hardly ever words; the bounds hold the cache below
    // about 40 MB whatever the text.
    private const int CachedWordsMax = 1 << 16;
    private const int CachedWordLengthMax = 32;

    private readonly bool addsPrefixSpace;
    private readonly TokenFrame frame;
    private readonly int[] byteTokens;
    private readonly MergeTable merges;
    private readonly AddedTokenSplitter addedTokens;
    private readonly byte[]?[] bytesOfToken;
    private readonly ConcurrentDictionary<string, int[]> cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cacheByText;
    private int cachedWords;

    private ByteLevelBpe(TokenizerFile file)
    {
        RefuseOtherPipelines(file.Root);
        addsPrefixSpace = file.Root["pre_tokenizer"]["add_prefix_space"].Flag(whenAbsent: true);
        frame = file.Frame;
        byteTokens = ReadByteTokens(file);
        merges = file.ReadMerges();
        addedTokens = new AddedTokenSplitter(file.AddedTokens);
        cacheByText = cache.GetAlternateLookup<ReadOnlySpan<char>>();

        bytesOfToken = new byte[file.IdMax + 1][];
        foreach (var (token, id) in file.Vocabulary)
            bytesOfToken[id] = ByteAlphabet.ToBytes(token) ?? Encoding.UTF8.GetBytes(token);
        foreach (var token in file.AddedTokens)
            bytesOfToken[token.Id] = token.IsSpecial ? [] : Encoding.UTF8.GetBytes(token.Content);
    }

    /// <inheritdoc/>
    public int VocabularySize => bytesOfToken.Length;

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="InputFileException">
    /// The file cannot be read, contradicts itself, or asks for something that is not supported (named in the message).
    /// </exception>
    public static ByteLevelBpe Read(string path) => new(TokenizerFile.Read(path));

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    /// <param name="json">The content of a <c>tokenizer.json</c>.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="InputFileException">As <see cref="Read"/>.</exception>
    public static ByteLevelBpe Parse(ReadOnlySpan<byte> json, string name) => new(TokenizerFile.Parse(json, name));

    /// <summary>From a file that is read already.</summary>
    internal static ByteLevelBpe From(TokenizerFile file) => new(file);

    /// <inheritdoc/>
    public int[] Encode(string text, int tokensMax) => frame.Enclose(tokensMax, (ids, countMax) =>
    {
        // What lies beyond the cut cannot change what comes before it.
        foreach (var piece in addedTokens.Split(text))
        {
            if (ids.Count >= countMax) break;
            if (piece.Token is { } token) ids.Add(token.Id);
            else AddWords(text.AsSpan(piece.Start, piece.End - piece.Start), ids, countMax);
        }
    });

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens)
        {
            if (token < 0 || token >= bytesOfToken.Length || bytesOfToken[token] is not { } ofToken)
                throw new ArgumentOutOfRangeException(
                    nameof(tokens), string.Create(CultureInfo.InvariantCulture, $"{token} is not a token id"));
            bytes.AddRange(ofToken);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static void RefuseOtherPipelines(JsonField root)
    {
        var fallback = root["model"]["byte_fallback"];
        TokenizerFile.Refuse(fallback, fallback.Flag(whenAbsent: false), "supported is false");
        TokenizerFile.Refuse(root["normalizer"], !root["normalizer"].IsNull, "supported is null");
        var split = root["pre_tokenizer"];
        var type = split["type"];
        TokenizerFile.Refuse(type, type.IsNull || type.Text() != "ByteLevel", "supported is ByteLevel");
        TokenizerFile.Refuse(split["use_regex"], !split["use_regex"].Flag(whenAbsent: true), "supported is true");
    }

    private static int[] ReadByteTokens(TokenizerFile file)
    {
        var vocabulary = file.Root["model"]["vocab"];
        var tokens = new int[256];
        for (var value = 0; value < tokens.Length; value++)
        {
            var name = ByteAlphabet.ToCharacter((byte)value).ToString();
            if (!file.Vocabulary.TryGetValue(name, out tokens[value]))
                throw vocabulary[name].Error($"a byte-level vocabulary has a token for byte {value}");
        }
        return tokens;
    }

    private void AddWords(ReadOnlySpan<char> text, List<int> ids, int countMax)
    {
        if (addsPrefixSpace && text[0] != ' ') text = $" {text}";
        for (var start = 0; start < text.Length && ids.Count < countMax;)
        {
            var end = WordSplitter.WordEnd(text, start);
            ids.AddRange(EncodeWord(text[start..end]));
            start = end;
        }
    }

    private ReadOnlySpan<int> EncodeWord(ReadOnlySpan<char> word)
    {
        if (word.Length <= CachedWordLengthMax && cacheByText.TryGetValue(word, out var cached)) return cached;

        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        var tokens = Array.ConvertAll(bytes, value => byteTokens[value]);
        var encoded = tokens[..merges.Apply(tokens)];
        // Two threads may both pass the test: the bound is a little soft, which does no harm.
        if (word.Length <= CachedWordLengthMax && Volatile.Read(ref cachedWords) < CachedWordsMax
            && cacheByText.TryAdd(word, encoded))
            Interlocked.Increment(ref cachedWords);
        return encoded;
    }
}
