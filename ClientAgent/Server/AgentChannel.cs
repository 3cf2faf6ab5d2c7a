using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Server;

/// <summary>What an agent asks of the server, and the public facts that it tells of itself.</summary>
internal sealed class AgentChannel(ServerSession session, AgentTimings timings, TimeProvider time)
{
    private const string OrderEvent = "order";
    private const int EventBytesMax = 64 << 10;

    /// <summary>Who the agent is to the server.</summary>
    public Task<AgentSelf> SelfAsync(CancellationToken cancellation) =>
        session.Link.GetAsync(Routes.Agent.Self, WireJson.Default.AgentSelf, cancellation);

    /// <summary>Tells version, device and budget.</summary>
    public Task ReportAsync(AgentFacts facts, CancellationToken cancellation) => session.Link.SendAsync(
        HttpMethod.Put, Routes.Agent.Facts, facts, WireJson.Default.AgentFacts, cancellation);

    /// <summary>Tells what went wrong last.</summary>
    /// <exception cref="RefusedException">An older server, which does not listen.</exception>
    public Task TellTroubleAsync(AgentTrouble trouble, CancellationToken cancellation) => session.Link.SendAsync(
        HttpMethod.Put, Routes.Agent.Trouble, trouble, WireJson.Default.AgentTrouble, cancellation);

    /// <summary>A run's plan.</summary>
    /// <exception cref="UnknownPlanException">It cannot be read.</exception>
    public async Task<RunPlan> PlanAsync(RunId run, CancellationToken cancellation)
    {
        try
        {
            return await session.Link.GetAsync(Routes.Agent.Plan(run), WireJson.Default.RunPlan, cancellation);
        }
        catch (ChannelException error) when (error.InnerException is JsonException)
        {
            throw new UnknownPlanException(run, error);
        }
    }

    /// <summary>A checkpoint's manifest, or with a suffix its signature.</summary>
    public Task<byte[]> CheckpointAsync(
        RunId run, BlobHash manifest, string suffix, CancellationToken cancellation) =>
        session.Link.GetBytesAsync(Routes.Agent.Checkpoint(run, manifest) + suffix, cancellation);

    /// <summary>A part of a checkpoint from a byte on.</summary>
    /// <returns>The answer, 200 from the beginning or 206 from the offset, and its watched body.</returns>
    public async Task<(HttpResponseMessage Response, Stream Body)> PartAsync(
        RunId run, BlobHash manifest, int index, long offset, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, FormattableString.Invariant($"{Routes.Agent.Checkpoint(run, manifest)}/parts/{index}"));
        if (offset > 0) request.Headers.Range = new RangeHeaderValue(offset, null);
        var response = await session.Link.SendAsync(request, cancellation);
        var body = await response.Content.ReadAsStreamAsync(cancellation);
        return (response, new WatchedStream(body, timings.Request, time));
    }

    /// <summary>Orders as they come, each with the id of its event; ends when the server ends the stream.</summary>
    /// <param name="lastEventId">Of the last event that was seen; null at first.</param>
    /// <param name="connected">Called once the server listens.</param>
    /// <param name="cancellation">Stops listening.</param>
    /// <exception cref="TimeoutException">Nothing came for too long.</exception>
    public async IAsyncEnumerable<(OrderMessage Order, string EventId)> OrdersAsync(
        string? lastEventId, Action connected, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Agent.Orders);
        request.Headers.Accept.Add(new("text/event-stream"));
        if (!string.IsNullOrEmpty(lastEventId)) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        using var response = await session.Link.SendAsync(request, cancellation);
        await using var body = new WatchedStream(
            await response.Content.ReadAsStreamAsync(cancellation), timings.Silence, time, EventBytesMax);
        connected();
        var parser = SseParser.Create(body, (type, data) => type == OrderEvent ? Read(data) : null);
        await foreach (var item in parser.EnumerateAsync(cancellation))
            if (item.Data is { } order) yield return (order, parser.LastEventId);
    }

    private static OrderMessage Read(ReadOnlySpan<byte> data)
    {
        try
        {
            var order = JsonSerializer.Deserialize(data, WireJson.Default.OrderMessage)
                ?? throw new ChannelException("an order is null");
            return order.Round is null || RoundRef.ParseRound(order.Round) is not null
                ? order
                : throw new ChannelException("an order's round is not of the form number.attempt");
        }
        catch (JsonException error)
        {
            throw new ChannelException($"an order is not of the form: {error.Message}", error);
        }
    }
}
