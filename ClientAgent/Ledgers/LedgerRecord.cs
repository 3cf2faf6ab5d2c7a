using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Storage;

namespace FedLowRank.ClientAgent.Ledgers;

/// <summary>One line of the ledger. Cases are never changed or taken out: old ledgers stay readable.</summary>
/// <param name="At">By the agent's clock.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Opened), "opened")]
[JsonDerivedType(typeof(Reserved), "reserved")]
[JsonDerivedType(typeof(WithoutPrivacy), "without-privacy")]
[JsonDerivedType(typeof(Sent), "sent")]
[JsonDerivedType(typeof(Lost), "lost")]
[JsonDerivedType(typeof(Refused), "refused")]
internal abstract record LedgerRecord(DateTimeOffset At)
{
    /// <summary>The first line.</summary>
    public sealed record Opened(AgentId Agent, DateTimeOffset At) : LedgerRecord(At);

    /// <summary>Spent, from the moment that this is written, whatever happens afterwards.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Number">Of the round.</param>
    /// <param name="Attempt">At the round.</param>
    /// <param name="SamplingRate">q.</param>
    /// <param name="NoiseMultiplier">Sigma.</param>
    /// <param name="Steps">Noised sums over the data.</param>
    /// <param name="Delta">At which the plan states its epsilon; the owner's own delta counts here.</param>
    /// <param name="At">When.</param>
    public sealed record Reserved(
        RunId Run, int Number, int Attempt, double SamplingRate, double NoiseMultiplier, long Steps, double Delta,
        DateTimeOffset At) : LedgerRecord(At)
    {
        /// <summary>What it is for.</summary>
        [JsonIgnore]
        public RoundRef Round => new(Run, new(Number, Attempt));
    }

    /// <summary>A round that protects no text was begun, as run and owner both said; no epsilon covers it.</summary>
    public sealed record WithoutPrivacy(RunId Run, int Number, int Attempt, DateTimeOffset At) : LedgerRecord(At);

    /// <summary>The server has the update and has acknowledged it.</summary>
    public sealed record Sent(RunId Run, int Number, int Attempt, BlobHash Update, DateTimeOffset At)
        : LedgerRecord(At);

    /// <summary>No update came of it, and the server was told.</summary>
    public sealed record Lost(RunId Run, int Number, int Attempt, LostReason Reason, DateTimeOffset At)
        : LedgerRecord(At);

    /// <summary>The server did not want the update, or knows the round no more.</summary>
    /// <param name="Run">The run.</param>
    /// <param name="Number">Of the round.</param>
    /// <param name="Attempt">At the round.</param>
    /// <param name="Code">The server's.</param>
    /// <param name="At">When.</param>
    public sealed record Refused(RunId Run, int Number, int Attempt, string Code, DateTimeOffset At)
        : LedgerRecord(At);

    /// <summary>The round that is settled by this; null where none is.</summary>
    [JsonIgnore]
    public RoundRef? Settles => this switch
    {
        Sent sent => new(sent.Run, new(sent.Number, sent.Attempt)),
        Lost lost => new(lost.Run, new(lost.Number, lost.Attempt)),
        Refused refused => new(refused.Run, new(refused.Number, refused.Attempt)),
        _ => null,
    };
}
