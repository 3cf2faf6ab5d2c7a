namespace FedLowRank.Federation.Instruments;

/// <summary>What instruments and tags are called; operators build on them, so that they do not change.</summary>
public static class InstrumentNames
{
    /// <summary>The meter.</summary>
    public const string Meter = "FedLowRank";

    /// <summary>Tag: phase of a round, as <c>aggregating</c>.</summary>
    public const string Stage = "fedlowrank.stage";

    /// <summary>Tag: how something ended.</summary>
    public const string Result = "fedlowrank.result";

    /// <summary>Tag: why something was refused, as <c>not-invited</c>.</summary>
    public const string Code = "fedlowrank.code";

    internal const string Rounds = "fedlowrank.rounds";
    internal const string PhaseDuration = "fedlowrank.round.phase.duration";
    internal const string Updates = "fedlowrank.updates";
    internal const string UpdateBytes = "fedlowrank.update.size";
    internal const string Refusals = "fedlowrank.refusals";
    internal const string CommitDuration = "fedlowrank.journal.commit.duration";
    internal const string CommittedEntries = "fedlowrank.journal.entries";
    internal const string WorkDuration = "fedlowrank.work.duration";
    internal const string AggregationBytes = "fedlowrank.aggregation.read";
}
