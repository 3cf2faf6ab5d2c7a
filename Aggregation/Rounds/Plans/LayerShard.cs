using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>Layers that one worker sums and refreshes together.</summary>
/// <param name="Name">For people, for example <c>encoder.0-3</c>.</param>
/// <param name="Layers">Names of adapted layers.</param>
public sealed record LayerShard(string Name, ValueList<string> Layers);
