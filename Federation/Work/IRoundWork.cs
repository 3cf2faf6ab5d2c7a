using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Work;

/// <summary>
/// The server's work on a closed round. The same order gives the same bytes, whoever does it and however often; what is
/// returned is stored durably.
/// </summary>
public interface IRoundWork
{
    /// <summary>Sums one shard of exactly the updates named.</summary>
    /// <param name="plan">Of the run.</param>
    /// <param name="order">What to sum.</param>
    /// <param name="start">Manifest of the checkpoint that the agents started from.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="WorkException">An input is missing, damaged or not on the grid.</exception>
    Task<BlobHash> AggregateAsync(
        RunPlan plan, RunEffect.AggregateShard order, BlobHash start, CancellationToken cancellationToken = default);

    /// <summary>Makes the next factors of one shard from the start's and the sum.</summary>
    /// <exception cref="WorkException">An input is missing or damaged.</exception>
    Task<BlobHash> RefreshAsync(
        RunPlan plan, RunEffect.RefreshShard order, CancellationToken cancellationToken = default);

    /// <summary>Writes the manifest of the round's checkpoint.</summary>
    /// <exception cref="WorkException">An input is missing or damaged.</exception>
    Task<BlobHash> WriteCheckpointAsync(
        RunId run, RunPlan plan, RunEffect.WriteCheckpoint order, CancellationToken cancellationToken = default);

    /// <summary>
    /// Checks the adapter that a run is to start from against its plan and writes the manifest of round 0.
    /// </summary>
    /// <exception cref="WorkException">The adapter does not suit the plan; the message says why.</exception>
    Task<BlobHash> WriteStartAsync(
        RunId run, RunPlan plan, BlobHash adapter, CancellationToken cancellationToken = default);

    /// <summary>Reads a checkpoint that a fork, or a run that goes back, is to go on from, and checks it.</summary>
    /// <param name="plan">Of the rounds to come.</param>
    /// <param name="checkpoint">The manifest.</param>
    /// <param name="round">The checkpoint's round; the next one is the first to come.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>One sentence for each thing that does not suit the plan; empty where all does.</returns>
    /// <exception cref="WorkException">The checkpoint is missing or damaged.</exception>
    Task<IReadOnlyList<string>> CheckStartAsync(
        RunPlan plan, BlobHash checkpoint, int round, CancellationToken cancellationToken = default);
}
