using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Adapters;

/// <summary>
/// An exact change of a layer's frozen weights, W &lt;- W + L R with L of d_out x k and R of k x d_in, that no round
/// trains. Changes add up by lying side by side, so nothing is lost; only where k would exceed the narrower width, and
/// factors would be larger than the dense matrix, one of the two becomes the identity and the other the dense change.
/// </summary>
public sealed class BaseChange
{
    /// <summary>Takes ownership of both matrices.</summary>
    /// <param name="left">L, d_out x k.</param>
    /// <param name="right">R, k x d_in.</param>
    /// <exception cref="ArgumentException">The inner sizes differ.</exception>
    public BaseChange(Matrix left, Matrix right)
    {
        if (left.Columns != right.Rows)
        {
            throw new ArgumentException(
                $"{left.Rows} x {left.Columns} times {right.Rows} x {right.Columns}: inner sizes differ",
                nameof(right));
        }

        (Left, Right) = left.Columns <= Math.Min(left.Rows, right.Columns) ? (left, right) : Dense(left.Times(right));
    }

    /// <summary>L, d_out x k; not to be written.</summary>
    public Matrix Left { get; }

    /// <summary>R, k x d_in; not to be written.</summary>
    public Matrix Right { get; }

    /// <summary>k, at most the narrower of d_out and d_in.</summary>
    public int Rank => Right.Rows;

    /// <summary>L R + <paramref name="left"/> <paramref name="right"/>.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public BaseChange Plus(Matrix left, Matrix right) => new(
        Matrix.StackRows([Left.Transposed(), left.Transposed()]).Transposed(), Matrix.StackRows([Right, right]));

    private static (Matrix Left, Matrix Right) Dense(Matrix product) => product.Rows <= product.Columns
        ? (Matrix.Identity(product.Rows), product)
        : (product, Matrix.Identity(product.Columns));
}
