namespace FedLowRank.Training.Tokenizers;

/// <summary>
/// The merges of a byte-pair encoding, in order of priority, and the algorithm that applies them: again and again the
/// pair of neighbours with the lowest rank is joined, the leftmost first among equals, until no pair has a merge
/// (Sennrich et al., arXiv 1508.07909). O(n log n) in the length n of the word.
/// </summary>
internal sealed class MergeTable
{
    private const int RankShift = 32;
    private const int Joined = -1;

    private readonly Dictionary<long, (int Rank, int Token)> merges = [];
    private int count;

    /// <summary>
    /// Adds the next merge. A pair that comes again takes its later rank, as in Hugging Face's tokenizers.
    /// </summary>
    public void Add(int left, int right, int token)
    {
        merges[Key(left, right)] = (count, token);
        count++;
    }

    /// <summary>Merges the tokens in place and returns how many are left, at the start of the span.</summary>
    public int Apply(Span<int> tokens)
    {
        if (tokens.Length < 2) return tokens.Length;

        // A joined token stays at its left part's place; its right part is marked as joined. Every place knows the
        // places before and after it that are still alive.
        var before = new int[tokens.Length];
        var after = new int[tokens.Length];
        for (var place = 0; place < tokens.Length; place++)
        {
            before[place] = place - 1;
            after[place] = place + 1;
        }

        // Priority = rank, then place. A rank belongs to one pair, so an entry whose pair has changed since is known by
        // its rank.
        var queue = new PriorityQueue<int, long>(tokens.Length);
        for (var place = 0; place + 1 < tokens.Length; place++) Enqueue(queue, tokens, place, place + 1);
        while (queue.TryDequeue(out var left, out var priority))
        {
            if (tokens[left] == Joined || after[left] == tokens.Length) continue;
            var right = after[left];
            if (!merges.TryGetValue(Key(tokens[left], tokens[right]), out var merge)
                || merge.Rank != priority >> RankShift) continue;

            tokens[left] = merge.Token;
            tokens[right] = Joined;
            after[left] = after[right];
            if (after[left] < tokens.Length)
            {
                before[after[left]] = left;
                Enqueue(queue, tokens, left, after[left]);
            }
            if (before[left] >= 0) Enqueue(queue, tokens, before[left], left);
        }

        var kept = 0;
        foreach (var token in tokens)
            if (token != Joined) tokens[kept++] = token;
        return kept;
    }

    private static long Key(int left, int right) => ((long)left << RankShift) | (uint)right;

    private void Enqueue(PriorityQueue<int, long> queue, ReadOnlySpan<int> tokens, int left, int right)
    {
        if (merges.TryGetValue(Key(tokens[left], tokens[right]), out var merge))
            queue.Enqueue(left, ((long)merge.Rank << RankShift) | (uint)left);
    }
}
