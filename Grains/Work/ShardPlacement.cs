using System.Globalization;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace FedLowRank.Grains.Work;

/// <summary>
/// Shard after shard to silo after silo, from one that the run's name chooses. A plan cuts its layers into shards of
/// about equal bytes, so every silo has about the same to do, from the first moment of a round, when no measured load
/// could tell yet.
/// </summary>
[GenerateSerializer, Immutable, Alias("fedlowrank.shard-placement")]
internal sealed class ShardPlacement : PlacementStrategy
{
    /// <summary>Index of the silo for a shard.</summary>
    /// <param name="grain">Name of the grain: run, slash, index of the shard.</param>
    /// <param name="silos">How many there are.</param>
    public static int SiloOf(string grain, int silos)
    {
        var slash = grain.LastIndexOf('/');
        var shard = int.Parse(grain.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture);

        // The same on every silo, unlike the hash code of a string.
        var first = grain.AsSpan(0, slash).ToArray().Aggregate(0u, (hash, letter) => (hash * 31) + letter);
        return (int)((first + (uint)shard) % (uint)silos);
    }
}

/// <summary>Places a grain by <see cref="ShardPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ShardPlacementAttribute() : PlacementAttribute(new ShardPlacement());

/// <summary>See <see cref="ShardPlacement"/>.</summary>
internal sealed class ShardPlacementDirector : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(
        PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target).Order().ToArray();
        return Task.FromResult(silos[ShardPlacement.SiloOf(target.GrainIdentity.Key.ToString()!, silos.Length)]);
    }
}
