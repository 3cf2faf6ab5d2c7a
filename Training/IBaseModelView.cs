using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Training;

/// <summary>
/// What a start of A may read of a frozen base model. Neither the weights nor public text are private, so nothing here
/// costs privacy; private examples must not be handed in.
/// </summary>
public interface IBaseModelView
{
    /// <summary>W of a linear layer, d_out x d_in.</summary>
    /// <param name="module">Its full name, without <c>.weight</c>.</param>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    Matrix WeightOf(string module);

    /// <summary>
    /// The mean of x x^T over all tokens of the texts, d_in x d_in, for the input x of each named layer. Rows that a
    /// layer never meets when the model classifies, such as most rows of the last layer, do not count.
    /// </summary>
    /// <param name="parameters">The trained values, flat, in the layout given to the engine's last load.</param>
    /// <param name="modules">Full names of linear layers.</param>
    /// <param name="publicTexts">At least one; labels do not matter.</param>
    /// <exception cref="ArgumentException">There is no such layer, or no text.</exception>
    IReadOnlyDictionary<string, Matrix> InputSecondMoments(
        ReadOnlySpan<float> parameters, IReadOnlyCollection<string> modules,
        ReadOnlySpan<TokenizedExample> publicTexts);
}
