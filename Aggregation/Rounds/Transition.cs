using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>What an event led to.</summary>
/// <param name="State">
/// The new state; the very same object where nothing changed, and then nothing need be stored.
/// </param>
/// <param name="Effects">To be run once the state is durable.</param>
/// <param name="Answer">To be given once the state is durable.</param>
public sealed record Transition(RunState State, ValueList<RunEffect> Effects, Answer Answer);
