namespace FedLowRank.Training.Tokenizers;

/// <summary>Turns text into the token ids of one model. Safe to use from several threads at once.</summary>
public interface ITokenizer
{
    /// <summary>One more than the largest token id.</summary>
    int VocabularySize { get; }

    /// <summary>
    /// Encodes one text with the model's frame tokens (such as <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c>), without
    /// padding. A longer text is cut at its end; the frame tokens always stay.
    /// </summary>
    /// <param name="text">Any text; half of a surrogate pair is read as U+FFFD.</param>
    /// <param name="tokensMax">Most ids to return, frame tokens included.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for the frame tokens.</exception>
    int[] Encode(string text, int tokensMax);

    /// <summary>
    /// The text that the ids stand for, without special tokens; bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> tokens);
}
