using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Benchmarks.Service;

/// <summary>
/// The agents of a server, each with a connection of its own and an open stream of orders; one that ends is opened
/// again. They do nothing by themselves, so that what is measured begins when all are ready.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    // As a real agent's first waits after a connection that broke: by chance, so that not all come back at once.
    private const double RetrySecondsMin = 0.25, RetrySecondsMax = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Dictionary<Order, Roll> rolls = [];
    private readonly LoadClient[] clients;
    private readonly Task[] listening;

    /// <summary>Connects.</summary>
    public Fleet(LoadServer server, ServerProcess process, int agents)
    {
        clients =
        [
            .. server.Agents.Take(agents).Select(own => new LoadClient(process.Agents, server.Authority, own)),
        ];
        listening = [.. clients.Select((client, i) => Task.Run(() => ListenAsync(client, i)))];
    }

    /// <summary>
    /// Returns when each agent has had an order, of whatever kind, since the last <see cref="Forget"/>.
    /// </summary>
    /// <returns>When the last one had it, as <see cref="Stopwatch.GetTimestamp"/>.</returns>
    public Task<long> OrderedAsync() => RollOf(default).Complete.Task.WaitAsync(Patience);

    /// <summary>Returns when each agent has had an order.</summary>
    /// <inheritdoc cref="OrderedAsync()" path="/returns"/>
    public Task<long> OrderedAsync(RunId run, OrderKind kind, RoundId round) =>
        RollOf(new(run, kind, round.ToString())).Complete.Task.WaitAsync(Patience);

    /// <summary>Counts the orders anew.</summary>
    public void Forget()
    {
        lock (gate) rolls.Clear();
    }

    /// <summary>Every agent does something, at most so many at once.</summary>
    public Task EachAsync(int atOnce, Func<LoadClient, int, Task> work) => EachAsync(clients.Length, atOnce, work);

    /// <summary>The first agents do something, at most so many at once.</summary>
    public Task EachAsync(int agents, int atOnce, Func<LoadClient, int, Task> work) =>
        EachAsync(0, agents, atOnce, work);

    /// <summary>Some agents, from one on, do something, at most so many at once.</summary>
    public Task EachAsync(int first, int agents, int atOnce, Func<LoadClient, int, Task> work) => Parallel.ForAsync(
        first, first + agents, new ParallelOptions { MaxDegreeOfParallelism = atOnce },
        async (i, _) => await work(clients[i], i));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await Task.WhenAll(listening);
        foreach (var client in clients) client.Dispose();
        closing.Dispose();
    }

    private async Task ListenAsync(LoadClient client, int agent)
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await client.ListenAsync(order => Heard(agent, order), closing.Token);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                var wait = RetrySecondsMin + (Random.Shared.NextDouble() * (RetrySecondsMax - RetrySecondsMin));
                await Task.Delay(TimeSpan.FromSeconds(wait), closing.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Heard(int agent, OrderMessage order)
    {
        var now = Stopwatch.GetTimestamp();
        foreach (var each in (Order[])[default, new(order.Run, order.Kind, order.Round)]) RollOf(each).Add(agent, now);
    }

    private Roll RollOf(Order order)
    {
        lock (gate)
        {
            if (!rolls.TryGetValue(order, out var roll)) rolls[order] = roll = new(clients.Length);
            return roll;
        }
    }

    private readonly record struct Order(RunId Run, OrderKind Kind, string? Round);

    /// <summary>Which agents have had an order.</summary>
    private sealed class Roll(int agents)
    {
        private readonly HashSet<int> heard = [];

        public TaskCompletionSource<long> Complete { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Add(int agent, long now)
        {
            lock (heard)
            {
                if (heard.Add(agent) && heard.Count == agents) Complete.SetResult(now);
            }
        }
    }
}
