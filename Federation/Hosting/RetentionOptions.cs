namespace FedLowRank.Federation.Hosting;

/// <summary>
/// What is kept of past rounds. Whatever these say, everything stays that a run needs to go on: its origin, its last
/// checkpoint, and all of a round in progress or on hold; and as nothing goes by default, every run can be rolled back,
/// forked and audited by replay (<see cref="Work.RunReplay"/>) from its start.
/// </summary>
public sealed record RetentionOptions
{
    /// <summary>Shortest <see cref="Grace"/>.</summary>
    public static readonly TimeSpan GraceMin = TimeSpan.FromHours(1);

    /// <summary>
    /// Of each run, the checkpoints of the so many rounds that it completed last stay, also of those that a rollback
    /// superseded; null for all. To one that is gone a run cannot be rolled back, and none can be forked from it. Null
    /// is a promise: while one is missing, for it was let go before, no blob is deleted.
    /// </summary>
    public int? CheckpointRounds { get; init => field = Positive(value); }

    /// <summary>
    /// Of each run, the updates of the so many rounds that it completed last stay, and of what it tried since, but no
    /// longer than the round's checkpoint; null for as long. A checkpoint whose updates are gone can be used for all
    /// but an audit by replay, and updates are by far the most of what is stored.
    /// </summary>
    public int? UpdateRounds { get; init => field = Positive(value); }

    /// <summary>
    /// How long a blob that nothing refers to stays, such as an uploaded adapter that no run has started from, and an
    /// upload to which nothing is added; at least <see cref="GraceMin"/>.
    /// </summary>
    public TimeSpan Grace
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, GraceMin);
            field = value;
        }
    } = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"checkpoints of {Rounds(CheckpointRounds)}, updates of {Rounds(UpdateRounds)}; unused blobs for {Grace}");

    private static string Rounds(int? count) => count is null ? "all rounds" : $"the last {count} rounds";

    private static int? Positive(int? value)
    {
        if (value is { } count) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count, nameof(value));
        return value;
    }
}
