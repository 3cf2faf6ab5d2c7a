using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Grains.Runs;

/// <summary>
/// A run as it travels: as its events, as a rule, which are a few hundred bytes, whatever the size of the state that
/// they lead to. The receiver applies them by the same pure function.
/// </summary>
/// <param name="Number">Of the last entry.</param>
/// <param name="State">The state after it, where the receiver knows too little for events; else null.</param>
/// <param name="Entries">The events up to it, each as it is stored, from the one after what the receiver knows.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.run-news")]
internal sealed record RunNews(
    [property: Id(0)] long Number, [property: Id(1)] byte[]? State, [property: Id(2)] byte[][] Entries);

/// <summary>An order for work in full.</summary>
/// <param name="Plan">Of the run.</param>
/// <param name="Effect">What to do.</param>
/// <param name="Start">Manifest of the checkpoint that the round started from.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.work-order")]
internal sealed record WorkOrder(
    [property: Id(0)] RunPlan Plan, [property: Id(1)] RunEffect Effect, [property: Id(2)] BlobHash Start);
