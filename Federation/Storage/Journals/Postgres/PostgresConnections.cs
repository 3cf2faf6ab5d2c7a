using System.Net.Sockets;
using Npgsql;

namespace FedLowRank.Federation.Storage.Journals.Postgres;

/// <summary>
/// The one place where PostgreSQL is called and called again. Whatever is handed in may run more than once, after an
/// earlier try of it has happened without our knowing, and must then have the same outcome.
/// </summary>
internal sealed class PostgresConnections(NpgsqlDataSource source, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan TryFor = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    public async Task<T> RunAsync<T>(
        Func<NpgsqlConnection, CancellationToken, Task<T>> body, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        for (var pause = PauseMin; ; pause = pause * 2 < PauseMax ? pause * 2 : PauseMax)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                return await body(connection, cancellationToken);
            }
            catch (NpgsqlException error)
            {
                if (!IsPassing(error) || time.GetElapsedTime(begin) + pause > TryFor) throw Typed(error);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static bool IsPassing(NpgsqlException error) =>
        (error.IsTransient && error.SqlState != PostgresErrorCodes.DiskFull) || error.InnerException is SocketException;

    private static JournalException Typed(NpgsqlException error) => new(Kind(error.SqlState), error.Message, error);

    // Our own statements keep every constraint, so one that is broken is damage.
    private static JournalError Kind(string? state) => state switch
    {
        PostgresErrorCodes.DiskFull => JournalError.DiskFull,
        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted or
            PostgresErrorCodes.UniqueViolation => JournalError.Damaged,
        _ => JournalError.Unavailable,
    };
}
