using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine;

/// <summary>Sees what goes into the linear layers of a forward pass.</summary>
internal interface ILinearObserver
{
    /// <summary>A layer is about to compute.</summary>
    /// <param name="linear">The layer.</param>
    /// <param name="x">Rows x d_in.</param>
    /// <param name="rows">Number of rows.</param>
    void OnInput(FrozenLinear linear, MatrixRef x, int rows);
}
