namespace FedLowRank.Training;

/// <summary>
/// What a classifier says of one example: the most likely label, and the cross-entropy of the true one in nats.
/// </summary>
public readonly record struct Prediction(int Label, float Loss);
