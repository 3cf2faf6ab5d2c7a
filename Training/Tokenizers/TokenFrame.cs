using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>The ids that stand before and after the content of every encoded text.</summary>
internal sealed class TokenFrame
{
    private readonly int[] before;
    private readonly int[] after;

    private TokenFrame(IEnumerable<int> before, IEnumerable<int> after)
    {
        this.before = [.. before];
        this.after = [.. after];
    }

    /// <summary>Reads the post-processor of a <c>tokenizer.json</c>, for a single sequence.</summary>
    /// <param name="processor">The field <c>post_processor</c>.</param>
    /// <param name="ids">All token ids there are.</param>
    /// <exception cref="InputFileException">An id is not there, or the processor is not supported.</exception>
    public static TokenFrame Read(JsonField processor, IReadOnlySet<int> ids)
    {
        if (processor.IsNull) return new([], []);
        switch (processor["type"].Text())
        {
            case "ByteLevel":
                return new([], []);
            case "RobertaProcessing" or "BertProcessing":
                return new([PairId(processor["cls"])], [PairId(processor["sep"])]);
            case "TemplateProcessing":
                return ReadTemplate(processor, ids);
            default:
                throw processor["type"].Error("is not supported; supported are " +
                    "RobertaProcessing, BertProcessing, TemplateProcessing and ByteLevel");
        }

        // ["</s>", 2]
        int PairId(JsonField pair)
        {
            JsonField[] items = [.. pair.Items()];
            return items.Length == 2 ? TokenId(items[1], ids) : throw pair.Error("must be [token, id]");
        }
    }

    /// <summary>Puts the frame round a content, which is cut at its end where there is no room for it.</summary>
    /// <param name="tokensMax">Most ids to return, the frame included.</param>
    /// <param name="addContent">
    /// Appends the content's ids to the list; may stop as soon as the list holds as many as the number it is given.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for the frame.</exception>
    public int[] Enclose(int tokensMax, Action<List<int>, int> addContent)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensMax, before.Length + after.Length);
        var contentEnd = tokensMax - after.Length;
        var ids = new List<int>(before);
        addContent(ids, contentEnd);
        if (ids.Count > contentEnd) ids.RemoveRange(contentEnd, ids.Count - contentEnd);
        ids.AddRange(after);
        return [.. ids];
    }

    private static int TokenId(JsonField field, IReadOnlySet<int> ids)
    {
        var id = field.Integer(0, TokenizerFile.IdLimit);
        return ids.Contains(id) ? id : throw field.Error("is not the id of a token");
    }

    private static TokenFrame ReadTemplate(JsonField processor, IReadOnlySet<int> ids)
    {
        List<int> first = [], last = [];
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
            (sequences == 0 ? first : last).AddRange(specialIds.Select(field => TokenId(field, ids)));
        }
        return sequences == 1 ? new(first, last) : throw processor["single"].Error("must hold one Sequence");

        static void RequireFirstType(JsonField piece)
        {
            var type = piece["type_id"];
            TokenizerFile.Refuse(type, type.Integer(0, int.MaxValue, whenAbsent: 0) != 0, "supported is 0");
        }
    }
}
