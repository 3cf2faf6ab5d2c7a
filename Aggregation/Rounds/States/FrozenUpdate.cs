using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>One term of a round's sum.</summary>
/// <param name="Update">The blob.</param>
/// <param name="Agent">Whose it is.</param>
/// <param name="Weight">How much it counts: what was declared, at most the plan's largest.</param>
public sealed record FrozenUpdate(BlobHash Update, AgentId Agent, int Weight)
{
    /// <summary>
    /// Blob with the hashes of the update's sections, by which a part of it can be checked alone; null where there is
    /// none, and then only the whole can.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BlobHash? Sections { get; init; }

    /// <summary>All that it takes to sum it: the update and, where there is one, the list of its sections.</summary>
    public IEnumerable<BlobHash> Blobs() => Sections is { } sections ? [Update, sections] : [Update];
}
