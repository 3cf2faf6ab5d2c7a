namespace FedLowRank.Federation.Service;

/// <summary>A run stands still because its stored state cannot be used; the message says why.</summary>
public sealed class RunDamagedException : Exception
{
    /// <summary>Makes the exception.</summary>
    public RunDamagedException(DamagedRun damaged)
        : base($"run {damaged.Run} is damaged: {damaged.Message}") => Damaged = damaged;

    /// <summary>Which run, and what is wrong.</summary>
    public DamagedRun Damaged { get; }
}
