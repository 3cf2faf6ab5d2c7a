using System.Collections.Frozen;
using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// The parts of a Hugging Face <c>tokenizer.json</c> that make a byte-level BPE. Whatever would change the ids and is
/// not supported is refused by name. The lengths of <c>truncation</c> and <c>padding</c> are the caller's business.
/// </summary>
internal sealed class TokenizerFile
{
    private const long BytesMax = 64L << 20;
    private const int IdLimit = (1 << 22) - 1;

    private readonly JsonField root;
    private readonly HashSet<int> ids = [];

    private TokenizerFile(JsonField root)
    {
        this.root = root;
        RefuseOtherModels();
        Vocabulary = ReadVocabulary();
        ByteTokens = ReadByteTokens();
        Merges = ReadMerges();
        AddedTokens = ReadAddedTokens();
        (FrameBefore, FrameAfter) = ReadFrame(root["post_processor"]);
    }

    /// <summary>Token id by the token's text in the byte alphabet.</summary>
    public IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>The token of each single byte, 256 ids.</summary>
    public int[] ByteTokens { get; }

    /// <summary>The merges.</summary>
    public MergeTable Merges { get; }

    /// <summary>The added tokens, in the file's order.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>The largest token id.</summary>
    public int IdMax => ids.Max();

    /// <summary>Ids before the text of a single sequence.</summary>
    public int[] FrameBefore { get; }

    /// <summary>Ids after the text of a single sequence.</summary>
    public int[] FrameAfter { get; }

    /// <summary>True where a text that does not start with a space is given one.</summary>
    public bool AddsPrefixSpace => root["pre_tokenizer"]["add_prefix_space"].Flag(whenAbsent: true);

    /// <summary>Reads a file; errors as <see cref="ByteLevelBpe.Read"/>.</summary>
    public static TokenizerFile Read(string path) => new(JsonField.ReadFile(path, BytesMax));

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    public static TokenizerFile Parse(ReadOnlySpan<byte> json, string file) => new(JsonField.Parse(json, file));

    private static void Refuse(JsonField field, bool refused, string supported)
    {
        if (refused) throw field.Error($"is not supported; {supported}");
    }

    private void RefuseOtherModels()
    {
        var model = root["model"];
        // Older files, that of roberta-base among them, do not name the type; those that have merges are BPE.
        if (!model["type"].IsNull) Refuse(model["type"], model["type"].Text() != "BPE", "supported is BPE");
        Refuse(model["dropout"], !model["dropout"].IsNull, "supported is null");
        Refuse(model["byte_fallback"], model["byte_fallback"].Flag(whenAbsent: false), "supported is false");
        Refuse(model["ignore_merges"], model["ignore_merges"].Flag(whenAbsent: false), "supported is false");
        foreach (var name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            Refuse(model[name], !model[name].IsNull && model[name].Text().Length > 0, "supported is \"\" or null");

        Refuse(root["normalizer"], !root["normalizer"].IsNull, "supported is null");
        var split = root["pre_tokenizer"];
        var type = split["type"];
        Refuse(type, type.IsNull || type.Text() != "ByteLevel", "supported is ByteLevel");
        Refuse(split["use_regex"], !split["use_regex"].Flag(whenAbsent: true), "supported is true");
        var direction = root["truncation"]["direction"];
        Refuse(direction, !direction.IsNull && direction.Text() != "Right", "supported is Right");
    }

    private FrozenDictionary<string, int> ReadVocabulary()
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, field) in root["model"]["vocab"].Members())
        {
            var id = field.Integer(0, IdLimit);
            if (!ids.Add(id)) throw field.Error("is the id of two tokens");
            vocabulary.Add(token, id);
        }
        return vocabulary.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private int[] ReadByteTokens()
    {
        var tokens = new int[256];
        for (var value = 0; value < tokens.Length; value++)
        {
            var name = ByteAlphabet.ToCharacter((byte)value).ToString();
            if (!Vocabulary.TryGetValue(name, out tokens[value]))
                throw root["model"]["vocab"][name].Error($"a byte-level vocabulary has a token for byte {value}");
        }
        return tokens;
    }

    private MergeTable ReadMerges()
    {
        var table = new MergeTable();
        foreach (var field in root["model"]["merges"].Items())
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

    private List<AddedToken> ReadAddedTokens()
    {
        var tokens = new List<AddedToken>();
        if (root["added_tokens"].IsNull) return tokens;
        var names = Vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in root["added_tokens"].Items())
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

    private (int[] Before, int[] After) ReadFrame(JsonField processor)
    {
        if (processor.IsNull) return ([], []);
        switch (processor["type"].Text())
        {
            case "ByteLevel":
                return ([], []);
            case "RobertaProcessing" or "BertProcessing":
                return ([PairId(processor["cls"])], [PairId(processor["sep"])]);
            case "TemplateProcessing":
                return ReadTemplate(processor);
            default:
                throw processor["type"].Error("is not supported; supported are " +
                    "RobertaProcessing, BertProcessing, TemplateProcessing and ByteLevel");
        }

        // ["</s>", 2]
        int PairId(JsonField pair)
        {
            JsonField[] items = [.. pair.Items()];
            return items.Length == 2 ? FrameId(items[1]) : throw pair.Error("must be [token, id]");
        }
    }

    private int FrameId(JsonField field)
    {
        var id = field.Integer(0, IdLimit);
        return ids.Contains(id) ? id : throw field.Error("is not the id of a token");
    }

    private (int[] Before, int[] After) ReadTemplate(JsonField processor)
    {
        List<int> before = [], after = [];
        var sequences = 0;
        foreach (var piece in processor["single"].Items())
        {
            if (!piece["Sequence"].IsNull)
            {
                sequences++;
                RequireFirstType(piece["Sequence"]);
                continue;
            }
            var special = piece["SpecialToken"];
            RequireFirstType(special);
            var specialIds = processor["special_tokens"][special["id"].Text()]["ids"].Items();
            (sequences == 0 ? before : after).AddRange(specialIds.Select(FrameId));
        }
        return sequences == 1 ? ([.. before], [.. after]) : throw processor["single"].Error("must hold one Sequence");

        static void RequireFirstType(JsonField piece) =>
            Refuse(piece["type_id"], piece["type_id"].Integer(0, int.MaxValue, whenAbsent: 0) != 0, "supported is 0");
    }
}
