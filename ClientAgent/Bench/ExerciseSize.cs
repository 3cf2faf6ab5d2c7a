namespace FedLowRank.ClientAgent.Bench;

/// <summary>How large a step is.</summary>
/// <param name="Rank">Of every low-rank pair.</param>
/// <param name="Examples">In the batch.</param>
/// <param name="Tokens">Of each example.</param>
internal readonly record struct ExerciseSize(int Rank, int Examples, int Tokens);
