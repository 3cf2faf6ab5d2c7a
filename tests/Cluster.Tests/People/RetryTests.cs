using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Grains.Faults;
using FedLowRank.Grains.Front;
using FedLowRank.Grains.People;

// What is waited for never ends, or is the test's own.
#pragma warning disable VSTHRD003

namespace FedLowRank.Cluster.Tests.People;

/// <summary>Goal: what is asked again, and what not. Method: calls that fail as silos make them fail.</summary>
public sealed class RetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_is_made_again_until_it_is_answered()
    {
        var faults = new Queue<Exception>(
        [
            new SiloUnavailableException("dead"), new ActivationLostException("gone"), new TimeoutException(),
        ]);
        Assert.Equal(7, await Retry.RunAsync(
            () => faults.TryDequeue(out var fault) ? throw fault : Task.FromResult(7), Token));
        Assert.Empty(faults);
    }

    [Fact]
    public async Task A_fault_that_another_activation_would_have_too_is_told_at_once()
    {
        var attempts = 0;
        await Assert.ThrowsAsync<JournalException>(() => Retry.RunAsync(
            () =>
            {
                attempts++;
                return Task.FromException(new JournalException(JournalError.DiskFull, "full"));
            },
            Token));
        Assert.Equal(1, attempts);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_cluster_that_does_not_answer_is_an_unavailable_journal()
    {
        var error = await Assert.ThrowsAsync<JournalException>(
            () => Retry.RunAsync(() => Task.FromException(new SiloUnavailableException("dead")), Token));
        Assert.Equal(JournalError.Unavailable, error.Error);
    }

    [Fact(Timeout = 60_000)]
    public async Task Whoever_stops_waiting_waits_no_more()
    {
        using var stop = new CancellationTokenSource();
        var asked = Retry.RunAsync(() => new TaskCompletionSource().Task, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact(Timeout = 60_000)]
    public async Task News_that_may_have_been_missed_end_the_reading_of_them_with_a_fault()
    {
        var agents = new ClusterAgents(grains: null!, desk: null!);
        await using var broken = agents.CutOffAsync(Token).GetAsyncEnumerator(Token);
        agents.Publish(new(1));
        agents.NewsBroke();
        Assert.True(await broken.MoveNextAsync());
        await Assert.ThrowsAsync<JournalException>(async () => await broken.MoveNextAsync());

        await using var next = agents.CutOffAsync(Token).GetAsyncEnumerator(Token);
        agents.Publish(new(2));
        Assert.True(await next.MoveNextAsync());
        Assert.Equal(new(2), next.Current);
        agents.Close();
        Assert.False(await next.MoveNextAsync());
    }
}
