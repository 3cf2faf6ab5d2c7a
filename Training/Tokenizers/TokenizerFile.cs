using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// The parts of a Hugging Face <c>tokenizer.json</c> that byte-pair encodings of all kinds have. Whatever would change
/// the ids and is not supported is refused by name. The lengths of <c>truncation</c> and <c>padding</c> are the
/// caller's business.
/// </summary>
internal sealed class TokenizerFile
{
    /// <summary>Largest token id that is read; bounds the tables by id.</summary>
    public const int IdLimit = (1 << 22) - 1;

    private const long BytesMax = 64L << 20;

    private readonly HashSet<int> ids = [];

    private TokenizerFile(JsonField root)
    {
        Root = root;
        RefuseOtherModels();
        Vocabulary = ReadVocabulary();
        AddedTokens = ReadAddedTokens();
        Frame = TokenFrame.Read(root["post_processor"], ids);
    }

    /// <summary>The whole file, for the parts that belong to one kind of tokenizer.</summary>
    public JsonField Root { get; }

    /// <summary>Token id by the token's text, as the file writes it.</summary>
    public IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>The added tokens, in the file's order.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>What stands round the text of a single sequence.</summary>
    public TokenFrame Frame { get; }

    /// <summary>The largest token id; -1 where there is no token.</summary>
    public int IdMax => ids.DefaultIfEmpty(-1).Max();

    /// <summary>Reads a file; errors as <see cref="Tokenizer.Read"/>.</summary>
    public static TokenizerFile Read(string path) => new(JsonField.ReadFile(path, BytesMax));

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    public static TokenizerFile Parse(ReadOnlySpan<byte> json, string file) => new(JsonField.Parse(json, file));

    /// <summary>Throws where a field asks for something that is not supported.</summary>
    public static void Refuse(JsonField field, bool refused, string supported)
    {
        if (refused) throw field.Error($"is not supported; {supported}");
    }

    /// <summary>The merges; their tokens must be in the vocabulary.</summary>
    public MergeTable ReadMerges()
    {
        var table = new MergeTable();
        foreach (var field in Root["model"]["merges"].Items())
        {
            string[] pair = field.IsText ? field.Text().Split(' ') : [.. field.Items().Select(item => item.Text())];
            if (field.IsText && pair[0] == "#version:") continue;
            if (pair.Length != 2) throw field.Error("must be two tokens, as \"a b\" or [\"a\", \"b\"]");
            table.Add(IdOf(pair[0]), IdOf(pair[1]), IdOf(pair[0] + pair[1]));

            int IdOf(string token) => Vocabulary.TryGetValue(token, out var id)
                ? id
                : throw field.Error($"needs the token \"{token}\", which model.vocab does not have");
        }
        return table;
    }

    private void RefuseOtherModels()
    {
        var model = Root["model"];
        // Older files, that of roberta-base among them, do not name the type; those that have merges are BPE.
        if (!model["type"].IsNull) Refuse(model["type"], model["type"].Text() != "BPE", "supported is BPE");
        Refuse(model["dropout"], !model["dropout"].IsNull, "supported is null");
        Refuse(model["ignore_merges"], model["ignore_merges"].Flag(whenAbsent: false), "supported is false");
        foreach (var name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            Refuse(model[name], !model[name].IsNull && model[name].Text().Length > 0, "supported is \"\" or null");

        var direction = Root["truncation"]["direction"];
        Refuse(direction, !direction.IsNull && direction.Text() != "Right", "supported is Right");
    }

    private Dictionary<string, int> ReadVocabulary()
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, field) in Root["model"]["vocab"].Members())
        {
            var id = field.Integer(0, IdLimit);
            if (!ids.Add(id)) throw field.Error("is the id of two tokens");
            vocabulary.Add(token, id);
        }
        return vocabulary;
    }

    private List<AddedToken> ReadAddedTokens()
    {
        var tokens = new List<AddedToken>();
        if (Root["added_tokens"].IsNull) return tokens;
        var names = Vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in Root["added_tokens"].Items())
        {
            var id = field["id"].Integer(0, IdLimit);
            var content = field["content"].Text();
            if (content.Length == 0) throw field["content"].Error("must not be empty");
            if (!contents.Add(content)) throw field["content"].Error("comes twice");
            if (names.GetValueOrDefault(id, content) != content)
                throw field["id"].Error($"is also the id of \"{names[id]}\"");
            if (Vocabulary.GetValueOrDefault(content, id) != id)
                throw field["id"].Error($"differs from the id in model.vocab, {Vocabulary[content]}");
            names[id] = content;
            ids.Add(id);
            var singleWord = field["single_word"];
            Refuse(singleWord, singleWord.Flag(whenAbsent: false), "supported is false");
            tokens.Add(new AddedToken(
                id,
                content,
                TakesSpaceBefore: field["lstrip"].Flag(whenAbsent: false),
                TakesSpaceAfter: field["rstrip"].Flag(whenAbsent: false),
                IsNormalized: field["normalized"].Flag(whenAbsent: false),
                IsSpecial: field["special"].Flag(whenAbsent: false)));
        }
        return tokens;
    }
}
