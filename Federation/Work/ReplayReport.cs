using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Work;

/// <summary>What came of replaying checkpoints.</summary>
/// <param name="Steps">One for each, in the order given.</param>
public sealed record ReplayReport(ValueList<ReplayStep> Steps)
{
    /// <summary>Whether every checkpoint came out as it is recorded.</summary>
    public bool IsFaultless => Steps.All(step => step.Fault is null);
}

/// <summary>One checkpoint, replayed.</summary>
/// <param name="Checkpoint">Its manifest, as recorded.</param>
/// <param name="Run">Whose it is; null where the manifest cannot be read.</param>
/// <param name="Round">Which attempt made it; null for a start, or where the manifest cannot be read.</param>
/// <param name="Fault">What is wrong, naming the blob; null where the checkpoint came out bit for bit.</param>
public sealed record ReplayStep(BlobHash Checkpoint, RunId? Run, RoundId? Round, string? Fault);
