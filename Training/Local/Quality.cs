namespace FedLowRank.Training.Local;

/// <summary>Quality of a classifier on a set of examples.</summary>
/// <param name="Accuracy">Share of right answers, 0 to 1.</param>
/// <param name="MacroF1">Unweighted mean over labels of the F1 score, 0 to 1.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
public sealed record Quality(double Accuracy, double MacroF1, double Loss);
