using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// Byte-pair encoding over characters as SentencePiece's models use it (Llama, Mistral), read from a Hugging Face
/// <c>tokenizer.json</c>: spaces become a visible mark, characters without a token fall back to the tokens of their
/// UTF-8 bytes or to the unknown token, and neighbours are merged by rank. Gives the same ids as Hugging Face's
/// tokenizers. A text may be one single word: merging takes O(n log n).
/// </summary>
public sealed class SentencePieceBpe : ITokenizer
{
    private readonly AddedTokenSplitter rawTokens;
    private readonly TextNormalizer normalizer;
    private readonly AddedTokenSplitter normalizedTokens;
    private readonly Metaspace? metaspace;
    private readonly Dictionary<Rune, int> characterTokens = [];
    private readonly int[]? byteTokens;
    private readonly int? unknown;
    private readonly bool fusesUnknown;
    private readonly MergeTable merges;
    private readonly TokenFrame frame;
    private readonly string?[] tokens;
    private readonly HashSet<int> special;
    private readonly TokenDecoder decoder;

    private SentencePieceBpe(TokenizerFile file)
    {
        var root = file.Root;
        normalizer = new TextNormalizer(root["normalizer"]);
        var splitter = root["pre_tokenizer"];
        if (!splitter.IsNull)
        {
            var type = splitter["type"];
            TokenizerFile.Refuse(type, type.Text() != "Metaspace", "supported are Metaspace and null");
            metaspace = new Metaspace(splitter);
        }
        AddedToken[] added = [.. file.AddedTokens.Select(token => token.IsNormalized ? Normalize(token, root) : token)];
        rawTokens = new AddedTokenSplitter(added.Where(token => !token.IsNormalized));
        normalizedTokens = new AddedTokenSplitter(added.Where(token => token.IsNormalized));

        if (root["model"]["byte_fallback"].Flag(whenAbsent: false)) byteTokens = ReadByteTokens(file);
        unknown = ReadUnknown(file);
        fusesUnknown = root["model"]["fuse_unk"].Flag(whenAbsent: false);
        merges = file.ReadMerges();
        frame = file.Frame;
        decoder = new TokenDecoder(root["decoder"]);

        tokens = new string?[file.IdMax + 1];
        foreach (var (token, id) in file.Vocabulary)
        {
            tokens[id] = token;
            if (Rune.DecodeFromUtf16(token, out var rune, out var units) == OperationStatus.Done
                && units == token.Length)
                characterTokens.Add(rune, id);
        }
        foreach (var token in added) tokens[token.Id] = token.Content;
        special = [.. added.Where(token => token.IsSpecial).Select(token => token.Id)];
    }

    /// <inheritdoc/>
    public int VocabularySize => tokens.Length;

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="InputFileException">
    /// The file cannot be read, contradicts itself, or asks for something that is not supported (named in the message).
    /// </exception>
    public static SentencePieceBpe Read(string path) => new(TokenizerFile.Read(path));

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    /// <param name="json">The content of a <c>tokenizer.json</c>.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="InputFileException">As <see cref="Read"/>.</exception>
    public static SentencePieceBpe Parse(ReadOnlySpan<byte> json, string name) => new(TokenizerFile.Parse(json, name));

    /// <inheritdoc/>
    public int[] Encode(string text, int tokensMax) => frame.Enclose(tokensMax, (ids, countMax) =>
    {
        foreach (var piece in rawTokens.Split(text))
        {
            if (ids.Count >= countMax) break;
            if (piece.Token is { } token) ids.Add(token.Id);
            else AddPlain(text[piece.Start..piece.End], isFirst: piece.Start == 0, ids, countMax);
        }
    });

    /// <inheritdoc/>
    /// <remarks>
    /// A run of byte tokens that is not UTF-8 becomes as many U+FFFD as it has bytes; the rest is as the file's decoder
    /// says.
    /// </remarks>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var kept = new List<string>(tokens.Length);
        foreach (var id in tokens)
        {
            if (id < 0 || id >= this.tokens.Length || this.tokens[id] is not { } token)
                throw new ArgumentOutOfRangeException(
                    nameof(tokens), string.Create(CultureInfo.InvariantCulture, $"{id} is not a token id"));
            if (!special.Contains(id)) kept.Add(token);
        }
        return decoder.Decode(kept);
    }

    /// <summary>From a file that is read already.</summary>
    internal static SentencePieceBpe From(TokenizerFile file) => new(file);

    // Looked for in normalised text, and decoded from it, as Hugging Face's tokenizers do.
    private AddedToken Normalize(AddedToken token, JsonField root)
    {
        var content = normalizer.Apply(token.Content);
        return content.Length > 0
            ? token with { Content = content }
            : throw root["normalizer"].Error($"leaves nothing of the added token \"{token.Content}\"");
    }

    private static int[] ReadByteTokens(TokenizerFile file)
    {
        var vocabulary = file.Root["model"]["vocab"];
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
        {
            var name = ByteFallback.Name((byte)value);
            if (!file.Vocabulary.TryGetValue(name, out ids[value]))
                throw vocabulary[name].Error($"a vocabulary with byte_fallback has a token for byte {value}");
        }
        return ids;
    }

    private static int? ReadUnknown(TokenizerFile file)
    {
        var field = file.Root["model"]["unk_token"];
        if (field.IsNull) return null;
        return file.Vocabulary.TryGetValue(field.Text(), out var id) ? id : throw field.Error("is not in model.vocab");
    }

    private void AddPlain(string text, bool isFirst, List<int> ids, int countMax)
    {
        var normalized = normalizer.Apply(text);
        foreach (var piece in normalizedTokens.Split(normalized))
        {
            if (ids.Count >= countMax) break;
            var part = normalized[piece.Start..piece.End];
            if (piece.Token is { } token) ids.Add(token.Id);
            else if (metaspace is null) AddWord(part, ids);
            else
                foreach (var word in metaspace.Words(part, isFirst: isFirst && piece.Start == 0))
                    if (ids.Count < countMax) AddWord(word, ids);
        }
    }

    private void AddWord(string word, List<int> ids)
    {
        var parts = new List<int>(word.Length);
        var isAfterUnknown = false;
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in word.EnumerateRunes())
        {
            var isUnknown = false;
            if (characterTokens.TryGetValue(rune, out var id)) parts.Add(id);
            else if (byteTokens is not null)
                foreach (var value in bytes[..rune.EncodeToUtf8(bytes)]) parts.Add(byteTokens[value]);
            else if (unknown is { } token)
            {
                isUnknown = true;
                // A run of them may be one token.
                if (!(fusesUnknown && isAfterUnknown)) parts.Add(token);
            }
            isAfterUnknown = isUnknown;
        }
        var merged = CollectionsMarshal.AsSpan(parts);
        ids.AddRange(merged[..merges.Apply(merged)]);
    }
}
