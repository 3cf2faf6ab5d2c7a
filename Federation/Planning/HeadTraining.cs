namespace FedLowRank.Federation.Planning;

/// <summary>Which tensors of the classification head are trained.</summary>
public enum HeadTraining
{
    /// <summary>None: the head stays as it was drawn, as in the published FedSVD.</summary>
    None,

    /// <summary>The output layer only; the dense layer before it stays as it was drawn.</summary>
    Output,

    /// <summary>The dense and the output layer.</summary>
    All,
}
