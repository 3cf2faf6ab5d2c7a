namespace FedLowRank.Training.Torch.Networks;

/// <summary>The shape of a micro-batch: n rows of T tokens.</summary>
/// <param name="Rows">n.</param>
/// <param name="Width">T.</param>
internal readonly record struct BatchShape(int Rows, int Width);
