using FedLowRank.Federation.Hosting.Keeping;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Hosting.Running;
using FedLowRank.Federation.Service;
using Microsoft.Extensions.Logging;

// The loop is this object's own and waits for nobody who waits for it.
#pragma warning disable VSTHRD003

namespace FedLowRank.Federation.Hosting;

/// <summary>The application service in one process, on a journal and a blob store that nobody else writes.</summary>
/// <remarks>
/// Streams of the journal: <c>runs/</c>, <c>checkpoints/</c> (signatures), <c>agents/</c>, each followed by a name;
/// <c>users</c>, <c>audit</c> and <c>audit-heads</c>. A process that dies at any moment loses nothing that it has
/// answered; the next one goes on from what is stored.
/// </remarks>
public sealed class SingleFederation : IFederation, IAsyncDisposable
{
    private static readonly TimeSpan ChoresEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SignEvery = TimeSpan.FromHours(1);

    private readonly Presence presence;
    private readonly AuditService audit;
    private readonly UserBook book;
    private readonly UserService users;
    private readonly AgentService agents;
    private readonly RunService runs;
    private readonly RetentionKeeper keeper;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private readonly PeriodicTimer timer;
    private readonly Task chores;
    private long signed;

    private SingleFederation(
        SingleFederationOptions options, Presence presence, AuditService audit, UserBook book,
        AgentService agents, RunService runs, RetentionKeeper keeper)
    {
        (this.presence, this.audit, this.book, this.agents, this.runs) = (presence, audit, book, agents, runs);
        users = new(book, options.Random);
        this.keeper = keeper;
        time = options.Time;
        logger = options.Logging.CreateLogger<SingleFederation>();
        timer = new(ChoresEvery, time);
        signed = time.GetTimestamp();
        chores = Task.Run(DoChoresAsync);
        HostLog.Loaded(logger, runs.Count, agents.Count);
    }

    /// <inheritdoc/>
    public IRunService Runs => runs;

    /// <inheritdoc/>
    public IAgentService Agents => agents;

    /// <inheritdoc/>
    public IUserService Users => users;

    /// <inheritdoc/>
    public IAuditService Audit => audit;

    /// <summary>Whether it serves: from its opening until it begins to close.</summary>
    public bool IsReady => !closing.IsCancellationRequested;

    /// <summary>For tests: sweeps that can be waited for.</summary>
    internal RetentionKeeper Keeper => keeper;

    /// <summary>Loads what is stored, and lets the runs that were under way go on.</summary>
    /// <exception cref="InvalidDataException">The stored users or an enrolment cannot be used.</exception>
    /// <exception cref="Storage.Journals.JournalException">The journal fails, or is damaged.</exception>
    public static async Task<SingleFederation> OpenAsync(
        SingleFederationOptions options, CancellationToken cancellationToken = default)
    {
        var listeners = new Presence(options.Time);
        var auditLog = await AuditService.OpenAsync(
            options.Journal, options.Authority, options.Time, options.Logging.CreateLogger<AuditService>(),
            cancellationToken);
        var people = await UserBook.OpenAsync(
            options.Journal, options.SnapshotEntries, auditLog, options.Time,
            options.Logging.CreateLogger<UserBook>(), cancellationToken);
        var enrolled = await AgentService.OpenAsync(options, auditLog, listeners, cancellationToken);
        var host = new RunHost(options, auditLog, listeners);
        var loaded = await RunService.OpenAsync(options, host, cancellationToken);
        return new(options, listeners, auditLog, people, enrolled, loaded, new(options, loaded, host));
    }

    /// <summary>
    /// Ends the agents' orders, applies all that has come, cancels the server's own work, which the next start orders
    /// again, and saves every state.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await chores;
        timer.Dispose();
        await keeper.DisposeAsync();
        presence.Close();
        await runs.DisposeAsync();
        await agents.DisposeAsync();
        await book.DisposeAsync();
        await TryAsync("signing the audit log", audit.SignWhatIsNewAsync);
        await audit.DisposeAsync();
        closing.Dispose();
    }

    private async Task DoChoresAsync()
    {
        try
        {
            while (await timer.WaitForNextTickAsync(closing.Token))
            {
                await TryAsync("letting enrolments run out", agents.ExpireAsync);
                runs.RetryForks();
                if (time.GetElapsedTime(signed) < SignEvery) continue;
                signed = time.GetTimestamp();
                await TryAsync("signing the audit log", audit.SignWhatIsNewAsync);
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The federation closes.
        }
    }

    private async Task TryAsync(string chore, Func<CancellationToken, Task> work)
    {
        try
        {
            await work(CancellationToken.None);
        }
        catch (Exception error)
        {
            HostLog.ChoreFailed(logger, chore, error);
        }
    }
}
