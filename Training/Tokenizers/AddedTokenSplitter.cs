using System.Buffers;

namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// Cuts a text at its added tokens: at each place the longest one that fits, from left to right, first those that are
/// not normalised, then the others in what is left, as Hugging Face's tokenizers do.
/// </summary>
internal sealed class AddedTokenSplitter
{
    private readonly Pass[] passes;

    public AddedTokenSplitter(IEnumerable<AddedToken> tokens) =>
        passes = [.. tokens.GroupBy(token => token.IsNormalized).OrderBy(group => group.Key)
            .Select(group => new Pass([.. group]))];

    /// <summary>A piece of the text: an added token, or plain text where <see cref="Token"/> is null.</summary>
    public readonly record struct Piece(int Start, int End, AddedToken? Token);

    /// <summary>The pieces, in order; none is empty.</summary>
    public IEnumerable<Piece> Split(string text)
    {
        IEnumerable<Piece> pieces = text.Length == 0 ? [] : [new Piece(0, text.Length, Token: null)];
        foreach (var pass in passes)
            pieces = pieces.SelectMany(
                piece => piece.Token is null ? pass.Split(text, piece.Start, piece.End) : [piece]);
        return pieces;
    }

    private sealed class Pass
    {
        private readonly ILookup<char, AddedToken> byFirst;
        private readonly SearchValues<char> firsts;

        public Pass(AddedToken[] tokens)
        {
            byFirst = tokens.OrderByDescending(token => token.Content.Length).ToLookup(token => token.Content[0]);
            firsts = SearchValues.Create([.. byFirst.Select(group => group.Key)]);
        }

        public IEnumerable<Piece> Split(string text, int start, int end)
        {
            for (var search = start; Find(text, search, end) is var (at, token);)
            {
                var (left, right) = (at, at + token.Content.Length);
                if (token.TakesSpaceBefore)
                    while (left > start && char.IsWhiteSpace(text[left - 1])) left--;
                if (token.TakesSpaceAfter)
                    while (right < end && char.IsWhiteSpace(text[right])) right++;
                if (left > start) yield return new Piece(start, left, Token: null);
                yield return new Piece(left, right, token);
                search = start = right;
            }
            if (start < end) yield return new Piece(start, end, Token: null);
        }

        private (int At, AddedToken Token)? Find(string text, int start, int end)
        {
            while (true)
            {
                var skipped = text.AsSpan(start, end - start).IndexOfAny(firsts);
                if (skipped < 0) return null;
                start += skipped;
                var rest = text.AsSpan(start, end - start);
                foreach (var token in byFirst[text[start]])
                    if (rest.StartsWith(token.Content)) return (start, token);
                start++;
            }
        }
    }
}
