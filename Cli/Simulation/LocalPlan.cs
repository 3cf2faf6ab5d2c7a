using FedLowRank.Aggregation.Methods;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation;

/// <summary>What every agent of a cohort does with its share.</summary>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="Optimizer">The rule that follows the gradients.</param>
/// <param name="Purpose">Names the order of the batches in a run that is not private, for example a round.</param>
/// <param name="Needs">What is kept of the updates: their sum, or each by itself as well.</param>
internal sealed record LocalPlan(int Steps, OptimizerSettings Optimizer, string Purpose, ServerNeeds Needs);
