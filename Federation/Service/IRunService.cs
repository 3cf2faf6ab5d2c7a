using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;

namespace FedLowRank.Federation.Service;

/// <summary>Runs and their rounds. Every change by a person is in the audit log before it is answered.</summary>
/// <remarks>
/// A run whose stored state cannot be used stops alone: every method that names it throws
/// <see cref="RunDamagedException"/>, its name stays taken, and <see cref="ListDamagedAsync"/> tells why.
/// </remarks>
public interface IRunService
{
    /// <summary>Makes a draft. The same order again gives the same run.</summary>
    /// <param name="order">What to make; its start must be stored as a blob.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<RunCreation> CreateAsync(NewRun order, string by, CancellationToken cancellationToken = default);

    /// <summary>Applies what happened, with the server's clock in place of the event's.</summary>
    /// <returns>The answer, once the new state is durable; null where there is no such run.</returns>
    /// <param name="run">The run.</param>
    /// <param name="happened">
    /// A command (<see cref="RunEvent.Asked"/>) or what an agent says; what only the server itself can know is refused
    /// with an exception.
    /// </param>
    /// <param name="cancellationToken">Stops waiting; the event may be applied all the same.</param>
    /// <exception cref="ArgumentException">The event is one that only the server itself makes.</exception>
    Task<Answer?> ApplyAsync(RunId run, RunEvent happened, CancellationToken cancellationToken = default);

    /// <summary>A run as it is; null where there is none.</summary>
    Task<RunState?> FindAsync(RunId run, CancellationToken cancellationToken = default);

    /// <summary>All runs that are not damaged, by name.</summary>
    Task<IReadOnlyList<RunState>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>The runs that stand still because their stored state cannot be used, by name.</summary>
    Task<IReadOnlyList<DamagedRun>> ListDamagedAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The run as it is, and again after changes, until cancelled. A slow reader misses states in between but never the
    /// last. Empty where there is no such run.
    /// </summary>
    IAsyncEnumerable<RunState> WatchAsync(RunId run, CancellationToken cancellationToken);

    /// <summary>
    /// What an agent is to do, run by run: first all that it is to do now, then each change. While it is enumerated the
    /// agent counts as connected; a second enumeration by the same agent ends the first.
    /// </summary>
    IAsyncEnumerable<AgentOrder> OrdersAsync(AgentId agent, AgentRole role, CancellationToken cancellationToken);

    /// <summary>
    /// A checkpoint that belongs to a run, as its origin, as a completed round's, or as the one that the round in
    /// progress starts from or has evaluated; null for any other hash.
    /// </summary>
    Task<SignedCheckpoint?> FindCheckpointAsync(
        RunId run, BlobHash manifest, CancellationToken cancellationToken = default);
}
