using System.Collections.Concurrent;
using System.Net;
using System.Text;
using FedLowRank.Silo.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>
/// Goal: what is measured reaches a collector. Method: a listener that takes what is sent by OTLP over gRPC.
/// </summary>
public sealed class TelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_and_traces_arrive_with_the_name_of_the_process()
    {
        var received = new ConcurrentDictionary<string, string>();
        await using var collector = await CollectAsync(received);
        using var meter = new System.Diagnostics.Metrics.Meter("FedLowRank");
        using var source = new System.Diagnostics.ActivitySource("Microsoft.Orleans.Application");
        await using (new TelemetryExport(AddressOf(collector), "hospital", "10.0.0.1:11111", TimeSpan.FromHours(1)))
        {
            meter.CreateCounter<long>("fedlowrank.test.facts").Add(3);
            source.StartActivity("a test")!.Dispose();
        }

        var metrics = received["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"];
        Assert.Contains("fedlowrank.test.facts", metrics, StringComparison.Ordinal);
        Assert.Contains("hospital", metrics, StringComparison.Ordinal);
        Assert.Contains("10.0.0.1:11111", metrics, StringComparison.Ordinal);
        var traces = received["/opentelemetry.proto.collector.trace.v1.TraceService/Export"];
        Assert.Contains("a test", traces, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> CollectAsync(ConcurrentDictionary<string, string> received)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var application = builder.Build();
        application.Run(async http =>
        {
            using var body = new StreamReader(http.Request.Body, Encoding.Latin1);
            received[http.Request.Path] = await body.ReadToEndAsync(Token);

            // An empty message, and the status of gRPC.
            http.Response.ContentType = "application/grpc";
            http.Response.DeclareTrailer("grpc-status");
            await http.Response.Body.WriteAsync(new byte[5], Token);
            http.Response.AppendTrailer("grpc-status", "0");
        });
        await application.StartAsync(Token);
        return application;
    }

    private static Uri AddressOf(WebApplication application) => new(
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
}
