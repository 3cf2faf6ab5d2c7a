using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>Says that an update is durable. The same update again gets an equal receipt.</summary>
/// <param name="Run">The run.</param>
/// <param name="Round">The attempt that the agent was invited to.</param>
/// <param name="Agent">The agent.</param>
/// <param name="Update">The blob.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Weight">As declared.</param>
/// <param name="At">When it was accepted, by the server's clock.</param>
public sealed record UpdateReceipt(
    RunId Run, RoundId Round, AgentId Agent, BlobHash Update, long Bytes, int Weight, DateTimeOffset At);
