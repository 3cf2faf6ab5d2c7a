namespace FedLowRank.Cli.Simulation.Configuration;

/// <summary>
/// When and on how much the run is measured; before the first round and after the last it is always the whole test
/// split.
/// </summary>
/// <param name="EveryRounds">Rounds from one evaluation to the next.</param>
/// <param name="ExamplesMax">Test examples of an evaluation between rounds; a fixed sample drawn by the seed.</param>
public sealed record EvaluationConfig(int EveryRounds, int ExamplesMax);
