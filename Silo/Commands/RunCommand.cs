using System.CommandLine;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting;
using FedLowRank.Silo.Configuration;
using FedLowRank.Silo.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace FedLowRank.Silo.Commands;

/// <summary><c>run</c>: be a process of the cluster until told to stop.</summary>
internal static class RunCommand
{
    public static Command Create(CommandHost host)
    {
        var config = CommandLine.ConfigOption();
        var json = CommandLine.JsonOption("Say where it serves as one line of JSON.");
        var command = new Command("run", "Be a silo, a gateway or both, until Ctrl-C or SIGTERM.") { config, json };
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(
            host, parsed.GetValue(json),
            token => RunAsync(
                host, parsed.GetValue(json), SiloConfigFile.Read(parsed.GetRequiredValue(config)), token),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CommandHost host, bool isJson, SiloConfig config, CancellationToken cancellationToken)
    {
        using var logging = LoggerFactory.Create(log => log
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Orleans", LogLevel.Warning)
            .AddFilter("Polly", LogLevel.Warning)
            .AddSimpleConsole(line => (line.SingleLine, line.TimestampFormat, line.UseUtcTimestamp) =
                (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true))
            .Services.Configure<ConsoleLoggerOptions>(console =>
                console.LogToStandardErrorThreshold = LogLevel.Trace));
        await using var server = await SiloServer.StartAsync(config, host, logging, cancellationToken);
        Tell(host, isJson, server);
        SystemdNotice.Send("READY=1");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, host.Time, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // How a process ends well.
        }

        SystemdNotice.Send("STOPPING=1");
        if (!isJson) await host.Error.WriteLineAsync("draining");
        return ExitCode.Done;
    }

    private static void Tell(CommandHost host, bool isJson, SiloServer server)
    {
        foreach (var warning in server.Warnings) host.Error.WriteLine($"WARNING: {warning}");
        var gateway = server.Gateway;
        var line = new ServeLine(
            gateway?.AgentAddress, gateway?.AdminAddress, server.Authority, server.Health, server.Warnings);
        if (isJson)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(line, CommandJson.Default.ServeLine));
        }
        else
        {
            host.Output.WriteLine("serving");
            if (gateway is not null)
            {
                host.Output.WriteLine($"  agents  {gateway.AgentAddress} (listening on {gateway.AgentEndpoint})");
                host.Output.WriteLine($"  admin   {gateway.AdminAddress} (listening on {gateway.AdminEndpoint})");
            }

            host.Output.WriteLine($"  authority's fingerprint  {server.Authority}");
            if (server.Health is { } health) host.Output.WriteLine($"  health  {health}");
        }

        host.Output.Flush();
    }
}

/// <summary>Where a process serves.</summary>
/// <param name="Agents">Base address of the agent listener; null without a gateway.</param>
/// <param name="Admin">Base address of the admin listener; null likewise.</param>
/// <param name="Authority">SHA-256 of the authority's certificate.</param>
/// <param name="Health">Base address of the health listener; null where there is none.</param>
/// <param name="Warnings">What the operator is to hear.</param>
internal sealed record ServeLine(
    Uri? Agents, Uri? Admin, BlobHash Authority, Uri? Health, IReadOnlyList<string> Warnings);
