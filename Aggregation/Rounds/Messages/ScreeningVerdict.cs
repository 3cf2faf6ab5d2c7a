namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>Whether an update may enter the sum.</summary>
public enum ScreeningVerdict
{
    /// <summary>It may.</summary>
    Clean,

    /// <summary>Names, shapes or types are not the plan's.</summary>
    MisShaped,

    /// <summary>A value is NaN or infinite.</summary>
    NotFinite,

    /// <summary>A value is no multiple of the plan's step.</summary>
    OffGrid,

    /// <summary>A value or the norm exceeds its bound.</summary>
    OutOfBound,
}
