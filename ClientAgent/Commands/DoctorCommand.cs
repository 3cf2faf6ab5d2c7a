using System.CommandLine;
using System.Text.Json;
using FedLowRank.ClientAgent.Doctor;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Training;

namespace FedLowRank.ClientAgent.Commands;

/// <summary><c>doctor</c>: why an agent does not train.</summary>
internal static class DoctorCommand
{
    public static Command Create(AgentHost host)
    {
        var folder = CommandLine.FolderOption(host);
        var json = CommandLine.JsonOption();
        var command = new Command("doctor", "Explain why this agent does not train, and what to do.") { folder, json };
        foreach (var option in host.Engines.Options) command.Options.Add(option);
        command.SetAction((parsed, cancellation) => CommandRunner.RunAsync(
            host,
            token => RunAsync(
                host, () => host.Engines.Choose(parsed, host.Variable), CommandLine.FolderOf(parsed, folder),
                parsed.GetValue(json), token),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        AgentHost host, Func<AgentEngine> choose, AgentFolder folder, bool asJson, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder.Root))
        {
            throw new DirectoryNotFoundException(
                $"there is no folder {folder.Root}; '{AgentProgram.Name} enrol' makes it");
        }

        var server = new ServerChecks(host, folder);
        var (engine, device) = Device(choose);
        var findings = (await server.RunAsync(cancellation))
            .Concat(new LocalChecks(host, folder, engine).Run(server.Plans, cancellation))
            .Concat(device).ToList();
        var isWell = findings.All(finding => finding.Level != FindingLevel.Fail);
        if (asJson)
        {
            var figures = new DoctorFigures(isWell, [.. findings.Select(finding => new FindingFigures(
                finding.Check, NameOf(finding.Level), finding.Message, finding.Advice))]);
            await host.Output.WriteLineAsync(JsonSerializer.Serialize(figures, CommandJson.Default.DoctorFigures));
        }
        else
        {
            foreach (var finding in findings)
            {
                await host.Output.WriteLineAsync($"{NameOf(finding.Level),-4} {finding.Check}: {finding.Message}");
                if (finding.Advice is { } advice) await host.Output.WriteLineAsync($"     -> {advice}");
            }
        }

        return isWell ? ExitCode.Done : ExitCode.Unwell;
    }

    /// <summary>An engine that cannot be had is what the doctor is asked about, and no error of the command.</summary>
    /// <returns>The engine, in whose place where there is none is the one that every agent has.</returns>
    private static (AgentEngine Engine, IReadOnlyList<Finding> Findings) Device(Func<AgentEngine> choose)
    {
        var engine = AgentEngine.Cpu;
        try
        {
            engine = choose();
            return (engine, engine.Check());
        }
        catch (EngineException error)
        {
            return (engine, [Finding.Fail("device", error.Message, error.Advice)]);
        }
    }

    private static string NameOf(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "ok",
        FindingLevel.Warn => "warn",
        _ => "fail",
    };
}
