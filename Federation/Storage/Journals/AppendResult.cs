namespace FedLowRank.Federation.Storage.Journals;

/// <summary>What became of an append.</summary>
public abstract record AppendResult
{
    private AppendResult()
    {
    }

    /// <summary>The entries are durable.</summary>
    /// <param name="First">Number of the first of them.</param>
    /// <param name="Last">Number of the last.</param>
    public sealed record Appended(long First, long Last) : AppendResult;

    /// <summary>Nothing was stored: the stream does not end where the caller believed.</summary>
    /// <param name="Last">Number of its last entry; 0 where there is no such stream.</param>
    public sealed record Conflict(long Last) : AppendResult;
}
