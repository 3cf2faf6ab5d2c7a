using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Journals;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Hosting;

/// <summary>What the host tells its operator. Numbers 1000 to 1099.</summary>
internal static partial class HostLog
{
    [LoggerMessage(1000, LogLevel.Information, "{Runs} runs and {Agents} agents loaded")]
    public static partial void Loaded(ILogger logger, int runs, int agents);

    [LoggerMessage(1001, LogLevel.Critical, "run {Run} is damaged and stands still: {Why}")]
    public static partial void RunDamaged(ILogger logger, RunId run, string why);

    [LoggerMessage(1002, LogLevel.Error, "run {Run}: events could not be stored; whoever sent them was told")]
    public static partial void NotStored(ILogger logger, RunId run, Exception error);

    [LoggerMessage(1003, LogLevel.Warning, "no snapshot of {Stream} was saved; the next start takes longer")]
    public static partial void NoSnapshot(ILogger logger, StreamName stream, Exception error);

    [LoggerMessage(1004, LogLevel.Error, "run {Run}: {Work} failed")]
    public static partial void WorkFailed(ILogger logger, RunId run, string work, Exception error);

    [LoggerMessage(1005, LogLevel.Error, "run {Run}: the fork {Fork} could not be made; it is tried again")]
    public static partial void ForkFailed(ILogger logger, RunId run, RunId fork, Exception error);

    [LoggerMessage(1006, LogLevel.Warning, "when {User} last signed in could not be stored")]
    public static partial void LastUseNotStored(ILogger logger, string user, Exception error);

    [LoggerMessage(1007, LogLevel.Error, "{Chore} failed; it is tried again")]
    public static partial void ChoreFailed(ILogger logger, string chore, Exception error);

    [LoggerMessage(1008, LogLevel.Error, "an event of run {Run} could not be applied")]
    public static partial void NotApplied(ILogger logger, RunId run, Exception error);

    [LoggerMessage(1009, LogLevel.Information, "kept are: {Retention}")]
    public static partial void Retention(ILogger logger, RetentionOptions retention);

    [LoggerMessage(
        1010, LogLevel.Information, "removed {Count} blobs of {Bytes} bytes that nobody needs, and {Uploads} uploads")]
    public static partial void Swept(ILogger logger, int count, long bytes, int uploads);

    [LoggerMessage(1011, LogLevel.Error, "{Count} blobs are needed and gone; {Root} needs {Blob}")]
    public static partial void BlobsMissing(ILogger logger, int count, string root, BlobHash blob);
}
