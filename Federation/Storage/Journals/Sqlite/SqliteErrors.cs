using Microsoft.Data.Sqlite;

namespace FedLowRank.Federation.Storage.Journals.Sqlite;

/// <summary>SQLite's result codes as ours.</summary>
internal static class SqliteErrors
{
    private const int Busy = 5;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int Constraint = 19;
    private const int NotADatabase = 26;

    /// <summary>After a failed write or sync nobody knows what is on the disk until the file is opened anew.</summary>
    public static bool IsDiskFault(Exception error) => error is SqliteException { SqliteErrorCode: InputOutput };

    /// <summary>
    /// What a caller gets. Our own statements keep every constraint and read every column as it was written, so one
    /// that is broken or of another type is damage. Null where the error is no fault of the file.
    /// </summary>
    public static JournalException? Typed(Exception error, string file) => error switch
    {
        SqliteException sqlite => new(
            Kind(sqlite.SqliteErrorCode), $"'{file}': {sqlite.Message}", sqlite),
        ObjectDisposedException => null,
        InvalidCastException or InvalidOperationException or ArgumentException => new(
            JournalError.Damaged, $"'{file}': {error.Message}", error),
        _ => null,
    };

    private static JournalError Kind(int code) => code switch
    {
        Corrupt or NotADatabase or Constraint => JournalError.Damaged,
        Full => JournalError.DiskFull,
        Busy => JournalError.InUse,
        _ => JournalError.Unavailable,
    };
}
