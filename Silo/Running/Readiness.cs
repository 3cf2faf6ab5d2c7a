using System.Diagnostics.CodeAnalysis;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Silo.Running;

/// <summary>
/// Whether the process takes work: it has its place in the cluster, its gateway is open, the journal answers and it is
/// not on its way out. Looks again every few seconds, so that being asked costs nothing.
/// </summary>
internal sealed class Readiness : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource stopping = new();
    private readonly TimeProvider time;
    private volatile Func<bool>? isMember;
    private volatile bool isOpen;
    private volatile bool isDraining;
    private volatile bool journalAnswers;
    private Task looking = Task.CompletedTask;

    public Readiness(TimeProvider time) => this.time = time;

    /// <summary>Whether to send it work.</summary>
    public bool IsReady => Missing is null;

    /// <summary>Why not; null where it is ready.</summary>
    public string? Missing =>
        isDraining ? "draining" :
        isMember is not { } member || !member() ? "not a member of the cluster" :
        !journalAnswers ? "the journal does not answer" :
        !isOpen ? "the gateway is not open" : null;

    /// <summary>Whether the federation can be asked, for the gateway's own health.</summary>
    public bool CanServe => !isDraining && isMember is { } member && member() && journalAnswers;

    /// <summary>The storage is open and the process is in the cluster.</summary>
    /// <param name="journal">Is asked from now on.</param>
    /// <param name="member">Whether the process is in the cluster.</param>
    public void Joined(IJournal journal, Func<bool> member)
    {
        isMember = member;
        journalAnswers = true;
        looking = Task.Run(() => LookAsync(journal));
    }

    /// <summary>Agents and people are served, or there is no gateway here.</summary>
    public void Opened() => isOpen = true;

    /// <summary>No more work, please.</summary>
    public void Drain() => isDraining = true;

    /// <inheritdoc/>
    [SuppressMessage("Usage", "VSTHRD003", Justification = "Started here, on the thread pool.")]
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await looking;
        stopping.Dispose();
    }

    private async Task LookAsync(IJournal journal)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token)) journalAnswers = await AnswersAsync(journal);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task<bool> AnswersAsync(IJournal journal)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping.Token);
        try
        {
            await journal.FindAsync(SharedAuthority.Stream, either.Token).WaitAsync(either.Token);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            // Whatever it is: who cannot ask the journal cannot serve.
            return false;
        }
    }
}
