using System.Net;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FedLowRank.ClientAgent.Tests.World;

/// <summary>The server's storage, on loopback without TLS, to which an agent may be sent by links.</summary>
internal sealed class FakeStorage : IAsyncDisposable
{
    public const int PieceBytes = 100;

    private readonly FakeServer server;
    private readonly WebApplication app;
    private int takenCount;

    private FakeStorage(FakeServer server)
    {
        this.server = server;
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    /// <summary>As in a policy.</summary>
    public string Host => new Uri(app.Urls.Single()).Authority;

    /// <summary>Pieces that it takes before it takes no more.</summary>
    public int TakenMax { get; set; } = int.MaxValue;

    public int TakenCount => takenCount;

    public static async Task<FakeStorage> StartAsync(FakeServer server)
    {
        var storage = new FakeStorage(server);
        await storage.app.StartAsync();
        server.LinkOf = hash => new(
            new($"http://{storage.Host}/{hash}?sig=secret"), DateTimeOffset.UtcNow.AddMinutes(5), PieceBytes);
        return storage;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        Assert.Equal(("PUT", "secret"), (http.Request.Method, http.Request.Query["sig"].ToString()));
        Assert.Equal("block", http.Request.Query["comp"].ToString());
        using var piece = new MemoryStream();
        await http.Request.Body.CopyToAsync(piece, http.RequestAborted);
        Assert.InRange(piece.Length, 1, PieceBytes);
        if (takenCount == TakenMax)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        takenCount++;
        server.Take(
            BlobHash.Parse(http.Request.Path.Value![1..]),
            StagedPiece.OffsetOf(http.Request.Query["blockid"].ToString())!.Value, piece.ToArray());
        http.Response.StatusCode = StatusCodes.Status201Created;
    }
}
