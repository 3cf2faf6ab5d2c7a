using System.CommandLine;
using System.Net;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Verbs;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace FedLowRank.Cli.Serving;

/// <summary><c>serve</c>: a federation in one process, until it is told to stop.</summary>
internal static class ServeCommand
{
    private static readonly ServeConfig Defaults = new()
    {
        Folder = ProfilePlaces.ServerFolder,
        Agents = new(IPAddress.Any, 8443),
        Admin = new(IPAddress.Loopback, 8444),
        IsDevelopment = false,
    };

    public static Command Create(CommandHost host)
    {
        var folder = new Option<string?>("--folder")
        {
            Description = $"The server's data; made where it is missing. [default: {Defaults.Folder}]",
            HelpName = "folder",
        };
        var agents = AdminVerb.Option<IPEndPoint?>(
            "--agents", "ip:port", $"Where agents connect, by mutual TLS. [default: {Defaults.Agents}]",
            Endpoints.Parse);
        var admin = AdminVerb.Option<IPEndPoint?>(
            "--admin", "ip:port", $"Where people connect, and agents enrol. [default: {Defaults.Admin}]",
            Endpoints.Parse);
        var names = new Option<string[]>("--name")
        {
            Description = "Host name or address that agents and people dial; may be given again, the first is told " +
                "to agents. [default: this machine's name]",
            HelpName = "host",
        };
        var passphrase = new Option<string?>("--passphrase-file")
        {
            Description = "File, mode 0600, with the passphrase of the authority's key.",
            HelpName = "file",
        };
        var development = new Option<bool>("--dev")
        {
            Description = "Without tokens, for trials on this machine alone.",
        };
        var config = new Option<string?>("--config")
        {
            Description = "JSON file with the same names, and retention and oidc; options win.",
            HelpName = "file",
        };
        var json = new Option<bool>(AdminVerb.JsonOption) { Description = "Say where it serves as one line of JSON." };
        var command = new Command("serve", "Serve a federation from this machine, until Ctrl-C or SIGTERM.")
        {
            folder, agents, admin, names, passphrase, development, config, json,
        };
        command.SetAction((parsed, cancellationToken) => VerbRunner.RunAsync(
            host, parsed.GetValue(json),
            token =>
            {
                var options = new ServeConfig
                {
                    Folder = parsed.GetValue(folder),
                    Agents = parsed.GetValue(agents),
                    Admin = parsed.GetValue(admin),
                    Names = parsed.GetValue(names) is { Length: > 0 } given ? given : null,
                    PassphraseFile = parsed.GetValue(passphrase),
                    IsDevelopment = parsed.GetValue(development) ? true : null,
                };
                var file = parsed.GetValue(config) is { } path ? ServeConfigFile.Read(path) : new ServeConfig();
                return ServeAsync(host, parsed.GetValue(json), options.Or(file).Or(Defaults), token);
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> ServeAsync(
        CommandHost host, bool isJson, ServeConfig config, CancellationToken cancellationToken)
    {
        using var logging = LoggerFactory.Create(log => log
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddSimpleConsole(line => (line.SingleLine, line.TimestampFormat, line.UseUtcTimestamp) =
                (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true))
            .Services.Configure<ConsoleLoggerOptions>(console =>
                console.LogToStandardErrorThreshold = LogLevel.Trace));
        await using var server = await RunningServer.StartAsync(config, host, logging, cancellationToken);
        Tell(host, isJson, Path.GetFullPath(config.Folder!), config.IsDevelopment ?? false, server);
        SystemdNotice.Send("READY=1");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, host.Time, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // How a server ends well.
        }

        SystemdNotice.Send("STOPPING=1");
        if (!isJson) await host.Error.WriteLineAsync("stopping");
        return ExitCode.Done;
    }

    private static void Tell(CommandHost host, bool isJson, string folder, bool isDevelopment, RunningServer server)
    {
        foreach (var warning in server.Warnings) host.Error.WriteLine($"WARNING: {warning}");
        var gateway = server.Gateway;
        if (isJson)
        {
            host.Output.WriteLine(System.Text.Json.JsonSerializer.Serialize(
                new ServeLine(
                    folder, gateway.AgentAddress, gateway.AdminAddress, server.Authority, isDevelopment,
                    server.Warnings),
                AdminJson.Default.ServeLine));
            host.Output.Flush();
            return;
        }

        host.Output.WriteLine($"serving {folder}");
        host.Output.WriteLine($"  agents  {gateway.AgentAddress} (listening on {gateway.AgentEndpoint})");
        host.Output.WriteLine($"  admin   {gateway.AdminAddress} (listening on {gateway.AdminEndpoint})");
        host.Output.WriteLine($"  authority's fingerprint  {server.Authority}");
        host.Output.WriteLine($"  owner's profile  {Path.Combine(folder, ProfilePlaces.OwnerFile)}");
        host.Output.WriteLine("next, in another terminal:");
        host.Output.WriteLine("  fedlowrank agents invite NAME");
        host.Output.WriteLine("  fedlowrank runs create NAME --file run.json --start");
        host.Output.WriteLine("  fedlowrank runs watch NAME");
        host.Output.Flush();
    }
}
