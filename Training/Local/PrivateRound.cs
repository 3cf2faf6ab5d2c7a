using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Training.Local;

/// <summary>The public constants of one agent's round of DP-SGD; none derives from the number of rows.</summary>
/// <param name="Schedule">Sampling rate, expected batch and local steps, from the nominal n.</param>
/// <param name="Clip">C.</param>
/// <param name="Noise">Sigma.</param>
/// <param name="Optimizer">Rule that follows the noised gradients.</param>
public sealed record PrivateRound(
    PrivateSchedule Schedule, ClipNorm Clip, NoiseMultiplier Noise, OptimizerSettings Optimizer);
