using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Service;

namespace FedLowRank.Grains.Runs;

/// <summary>One run, by its name. What a method has answered is durable.</summary>
[Alias("fedlowrank.run")]
internal interface IRunGrain : IGrainWithStringKey
{
    /// <summary>Makes the run as a draft, or finds the one that the same order made.</summary>
    /// <returns>Why not, or null.</returns>
    [Alias("create"), ResponseTimeout("00:05:00")]
    Task<RunCreation.Refused?> CreateAsync(NewRun order, ulong seed, string by);

    /// <summary>Makes the run as the fork that was ordered, or finds the one that the same order made.</summary>
    /// <returns>False where another run has the name.</returns>
    [Alias("create-fork")]
    Task<bool> CreateForkAsync(ForkOrder order);

    /// <summary>Applies what a person asks for, or an agent says; null where there is no such run.</summary>
    [Alias("apply")]
    Task<Answer?> ApplyAsync(RunEvent happened);

    /// <summary>As the other, for a fork or a rollback, whose start is read first.</summary>
    [Alias("go-on"), ResponseTimeout("00:05:00")]
    Task<Answer?> GoOnAsync(RunEvent.Asked asked);

    /// <summary>What has happened since an entry; null where there is no such run.</summary>
    /// <param name="known">Number of the last entry that the caller knows; 0 for none.</param>
    /// <param name="waits">Whether to wait for some seconds where nothing has.</param>
    [Alias("news")]
    Task<RunNews?> NewsAsync(long known, bool waits);

    /// <summary>A checkpoint of the run with its signature; null where it is none.</summary>
    [Alias("checkpoint")]
    Task<SignedCheckpoint?> FindCheckpointAsync(BlobHash manifest);

    /// <summary>Agents have come or gone.</summary>
    /// <param name="fleet">Which activation of the fleet says so.</param>
    /// <param name="comings">In the order in which they happened.</param>
    /// <returns>False where it is not the fleet any more, and so is not to be heard.</returns>
    [Alias("hear")]
    Task<bool> HearAsync(Guid fleet, RunEvent[] comings);

    /// <summary>Tells the fleet again, where the run is under way, that it is.</summary>
    [Alias("announce")]
    Task AnnounceAsync();

    /// <summary>Wakes the run, so that no deadline passes while its silo is dead.</summary>
    [Alias("poke")]
    Task PokeAsync();

    /// <summary>An order for work in full; null where nobody waits for it any more.</summary>
    [Alias("order")]
    Task<WorkOrder?> OrderAsync(WorkPiece piece);

    /// <summary>Takes what became of a piece of work.</summary>
    [Alias("done")]
    Task DoneAsync(WorkPiece piece, RunEvent result);
}
