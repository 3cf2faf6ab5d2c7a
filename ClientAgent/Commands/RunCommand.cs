using System.CommandLine;
using System.Text.Json;
using FedLowRank.ClientAgent.Logs;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Status;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.ClientAgent.Systemd;
using FedLowRank.ClientAgent.Work;
using FedLowRank.Federation.Service;

namespace FedLowRank.ClientAgent.Commands;

/// <summary><c>run</c>: listen for orders until stopped.</summary>
internal static class RunCommand
{
    public static Command Create(AgentHost host)
    {
        var folder = CommandLine.FolderOption(host);
        var json = CommandLine.JsonOption();
        var command = new Command("run", "Listen for rounds and train, until stopped.") { folder, json };
        foreach (var option in host.Engines.Options) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => CommandRunner.RunAsync(
            host,
            token => RunAsync(
                host, host.Engines.Choose(parsed, host.Variable), CommandLine.FolderOf(parsed, folder),
                parsed.GetValue(json), token),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        AgentHost host, AgentEngine engine, AgentFolder folder, bool asJson, CancellationToken stop)
    {
        using var held = folder.Lock();
        using var systemd = new SystemdNotifier(host.Variable, host.Time);
        var files = new DurableFile();
        using var session = new ServerSession(folder, files, host.Timings, host.Time);
        using var model = new BaseModel(folder, files, engine);
        using var bench = new Workbench();
        AgentLoop? loop = null;
        var display = AgentDisplay.On(host.Error, host.Time);
        var log = new AgentLog(folder, files, display, host.Time) { Failed = () => loop?.HasNews() };
        var parts = new AgentParts
        {
            Folder = folder,
            Session = session,
            Channel = new AgentChannel(session, host.Timings, host.Time),
            Admission = new Admission(folder, new KnownPlans(folder, files), model, new DataShelf(), host.Time),
            Outbox = new Outbox(folder.Outbox, files),
            Files = files,
            Bench = bench,
            Display = display,
            Log = log,
            Timings = host.Timings,
            Time = host.Time,
            Random = host.Random,
            Changed = () => loop?.HasNews(),
        };
        var board = new StatusBoard(folder, files, host.Time, systemd.Status);
        loop = new AgentLoop(parts, board, new AgentFacts(AgentHost.Version, engine.Device, null, null, null));
        systemd.Ready();
        try
        {
            await loop.RunAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            log.Say($"stopped");
        }
        finally
        {
            systemd.Stopping();
        }

        if (asJson)
        {
            await host.Output.WriteLineAsync(JsonSerializer.Serialize(
                new RunFigures(folder.Root, Stopped: true), CommandJson.Default.RunFigures));
        }

        return ExitCode.Done;
    }
}
