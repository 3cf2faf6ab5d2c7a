using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// The pair that makes up best for the error of a quantised layer: the B A of rank r with the least
/// |X (W_q + (alpha / r) B A)^T - X W^T|_F over calibration inputs X, in closed form (CLoQ, arXiv 2501.18475).
/// </summary>
/// <remarks>
/// With D = W - W_q, H = X^T X and any R with R^T R = H, the paper truncates the SVD R D^T = U S V^T to rank r and gets
/// the product from R^-1 U_r S_r V_r^T. As R^-1 U_r S_r = D^T V_r, that is V_r V_r^T D, with V_r the eigenvectors of
/// the r largest eigenvalues of D H D^T. This form needs neither R nor an inverse, so H of any rank will do without
/// damping: where the calibration inputs do not determine the optimum, it is still one, and each of the r output
/// directions is then right for every input.
/// <para>D H D^T takes d_out d_in (d_in + d_out) multiply-adds, the eigenvectors at most
/// <see cref="DominantDirections.IterationsMax"/> products of it with 2 r rows: a few minutes on one core for
/// d_in = d_out = 4096 and r = 8, with about eight matrices of that size in float64.</para>
/// </remarks>
public static class CloqStart
{
    /// <summary>The layer, with orthonormal rows of A and orthogonal columns of B, the longest first.</summary>
    /// <param name="shape">The layer; alpha / r is taken out of B.</param>
    /// <param name="weight">W, d_out x d_in.</param>
    /// <param name="quantized">W_q, d_out x d_in: what the codes stand for.</param>
    /// <param name="secondMoment">H, d_in x d_in, symmetric and positive semi-definite, or any positive multiple of
    /// it; of the inputs of the layer in the model with full weights.</param>
    /// <exception cref="ArgumentException">A matrix does not fit the shape, or a value is not finite.</exception>
    public static LoraFactors Layer(LoraShape shape, Matrix weight, Matrix quantized, Matrix secondMoment)
    {
        AdapterStart.RequireSize(shape, weight, shape.OutputWidth, shape.InputWidth);
        AdapterStart.RequireSize(shape, quantized, shape.OutputWidth, shape.InputWidth);
        AdapterStart.RequireSize(shape, secondMoment, shape.InputWidth, shape.InputWidth);
        var error = new Matrix(weight.Rows, weight.Columns);
        for (var i = 0; i < error.Values.Length; i++)
        {
            error.Values[i] = weight.Values[i] - quantized.Values[i];
        }

        // Powers of two: they change no direction, and keep squares from vanishing.
        var (d, h) = (Matrix.Normalize(error).Scaled, Matrix.Normalize(secondMoment).Scaled);
        var outputs = DominantDirections.OfSymmetric(d.Times(h).Times(d.Transposed()), shape.Rank);
        var b = outputs.Transposed();
        FixedOrder.Scale(b.Values, 1 / shape.Scale);
        return FactorRefresh.ForBRound(new LoraFactors(shape, outputs.Times(error).Values, b.Values)).Factors;
    }
}
