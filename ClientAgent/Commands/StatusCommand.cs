using System.CommandLine;
using System.Text.Json;
using FedLowRank.ClientAgent.Status;

namespace FedLowRank.ClientAgent.Commands;

/// <summary><c>status</c>: what is known from the folder, also while an agent runs.</summary>
internal static class StatusCommand
{
    public static Command Create(AgentHost host)
    {
        var folder = CommandLine.FolderOption(host);
        var json = CommandLine.JsonOption();
        var command = new Command("status", "Show orders, rounds, what was spent, and the certificate.")
        {
            folder, json,
        };
        command.SetAction((parsed, cancellation) => CommandRunner.RunAsync(
            host,
            async _ =>
            {
                var figures = StatusReader.Read(CommandLine.FolderOf(parsed, folder));
                if (parsed.GetValue(json))
                {
                    await host.Output.WriteLineAsync(
                        JsonSerializer.Serialize(figures, CommandJson.Default.StatusFigures));
                }
                else
                {
                    foreach (var line in Lines(figures)) await host.Output.WriteLineAsync(line);
                }

                return ExitCode.Done;
            },
            cancellation));
        return command;
    }

    private static IEnumerable<string> Lines(StatusFigures status)
    {
        yield return $"folder       {status.Folder}";
        yield return status.Agent is null
            ? $"agent        not enrolled; run '{AgentProgram.Name} enrol'"
            : $"agent        {status.Agent}{(status.Role is null ? "" : $" ({status.Role})")}";
        var state = !status.IsRunning ? "not running" : status.IsConnected ? "connected" : "not connected";
        yield return $"state        {state}";
        if (status.CertificateExpires is { } expires)
        {
            yield return FormattableString.Invariant(
                $"certificate  expires {expires:u}, renews itself from {status.RenewAt:u}");
        }

        yield return $"ledger       {status.Ledger}";
        if (status.EpsilonSpent is { } spent)
        {
            yield return FormattableString.Invariant(
                $"epsilon      {spent:0.####} of {status.EpsilonMax:0.####} spent, at delta {status.Delta}");
        }

        yield return FormattableString.Invariant(
            $"rounds       {status.RoundsReserved} charged: {status.RoundsSent} sent, {status.RoundsLost} lost, ")
            + FormattableString.Invariant($"{status.RoundsRefused} refused; ")
            + FormattableString.Invariant($"{status.RoundsWithoutPrivacy} without privacy");
        if (status.PolicyProblem is { } problem) yield return $"policy       {problem}";
        foreach (var order in status.Orders)
        {
            yield return FormattableString.Invariant(
                $"run          {order.Run}: {order.Order} {order.Round} since {order.At:u}");
        }
    }
}
