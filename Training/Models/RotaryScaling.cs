namespace FedLowRank.Training.Models;

/// <summary>How the frequencies of rotary positions are scaled (<c>rope_type</c>).</summary>
public enum RotaryScaling
{
    /// <summary>Not at all (<c>default</c>, or absent).</summary>
    None,

    /// <summary>All by the same factor (<c>linear</c>; arXiv 2306.15595).</summary>
    Linear,

    /// <summary>The slow ones only (<c>llama3</c>, as in Llama 3.1 and later).</summary>
    Llama3,
}
