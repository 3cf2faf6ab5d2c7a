using FedLowRank.Aggregation.Rounds.Plans;

namespace FedLowRank.Federation.Planning;

/// <summary>What a first adapter depends on, beside the base model.</summary>
/// <param name="Source">Where the terms came from, for messages.</param>
/// <param name="Task">What is learnt.</param>
/// <param name="TokensMax">Longest example in tokens.</param>
/// <param name="Method">The start, and the method it is for.</param>
/// <param name="Lora">Rank, targets and what of the head is trained.</param>
/// <param name="Seed">Of all that is drawn.</param>
/// <param name="BaseFormat">How the agents hold the base model's linear layers.</param>
public sealed record StartTerms(
    string Source, TaskKind Task, int TokensMax, MethodConfig Method, LoraConfig Lora, ulong Seed,
    WeightFormat BaseFormat);
