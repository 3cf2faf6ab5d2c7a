using System.Reflection;
using FedLowRank.Federation.Instruments;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FedLowRank.Silo.Telemetry;

/// <summary>Sends metrics and traces to a collector, by OTLP over gRPC.</summary>
internal sealed class TelemetryExport : IAsyncDisposable
{
    private static readonly string[] Meters =
    [
        InstrumentNames.Meter, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime",
    ];

    private static readonly string[] Sources =
    [
        "Microsoft.Orleans.Runtime", "Microsoft.Orleans.Application", "Microsoft.AspNetCore",
    ];

    private readonly MeterProvider metrics;
    private readonly TracerProvider traces;

    /// <param name="collector">Where to.</param>
    /// <param name="cluster">Name of the cluster.</param>
    /// <param name="instance">Tells this process from the cluster's others.</param>
    /// <param name="period">From one export of the metrics to the next.</param>
    public TelemetryExport(Uri collector, string cluster, string instance, TimeSpan period)
    {
        var version = typeof(TelemetryExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion;
        var resource = ResourceBuilder.CreateEmpty()
            .AddService("fedlowrank-silo", cluster, version, autoGenerateServiceInstanceId: false, instance);
        metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = collector;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)period.TotalMilliseconds;
            })
            .Build();
        traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(Sources)
            .AddOtlpExporter(exporter => exporter.Endpoint = collector)
            .Build();
    }

    /// <summary>Sends what is left, and ends.</summary>
    public ValueTask DisposeAsync() => new(Task.Run(() =>
    {
        metrics.Dispose();
        traces.Dispose();
    }));
}
