using System.Globalization;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Runs;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Cli.Verbs;
using FedLowRank.Cli.Watching;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Wire;
using Spectre.Console;

namespace FedLowRank.Cli.Demo;

/// <summary>
/// The demo on real processes: a server and five organisations on loopback learn together over mutual TLS, one of them
/// is killed in the middle of a round, and the adapter is exported.
/// </summary>
internal sealed class ServiceDemo(CommandHost host, string output, string samples, string agentProgram)
{
    private const int KillRound = 4;
    private static readonly RunId Run = new("topics");

    private readonly long began = host.Time.GetTimestamp();

    /// <summary>Runs it.</summary>
    public async Task RunAsync(bool asJson, CancellationToken cancellationToken)
    {
        var runFile = Path.Combine(samples, "debian-topics", "demo.json");
        var config = RunConfigFile.Read(runFile);
        if (config.Privacy is null) throw new InvalidDataException($"{runFile}: the demo's run must be private");
        var logs = Directory.CreateDirectory(Path.Combine(output, "logs")).FullName;
        foreach (var old in Directory.GetFiles(logs, "*.log")) File.Delete(old);

        var adapter = Path.Combine(output, "adapter");
        if (Directory.Exists(adapter)) Directory.Delete(adapter, recursive: true);
        var (state, agents) = await LearnAsync(runFile, config, adapter, logs, cancellationToken);
        Report(config, state, agents, adapter, logs, asJson);
    }

    private async Task<(RunState State, IReadOnlyList<AgentSummary> Agents)> LearnAsync(
        string runFile, RunConfig config, string adapter, string logs, CancellationToken cancellationToken)
    {
        await using var site = new DemoSite(agentProgram, logs);
        var server = await site.StartServerAsync(cancellationToken);
        Say($"a server listens at {server.Agents} for agents, with its own certificate authority");
        using var client = await AdminClient.ConnectAsync(
            ProfileFile.Read(site.ProfilePath), host.Time, cancellationToken);
        await EnrolAsync(site, client, config.Privacy!, cancellationToken);
        await VerbAsync(["runs", "create", Run.Value, "--file", runFile, "--start"], site, cancellationToken);
        Say($"the run begins: {config.Rounds} rounds, epsilon {config.Privacy!.Epsilon} in all");
        var state = await FollowAsync(site, client, cancellationToken);
        await VerbAsync(
            ["runs", "export", Run.Value, "--output", adapter, "--model", Path.Combine(samples, "base")],
            site, cancellationToken);
        return (
            state,
            await client.GetAsync(Routes.Agents, WireJson.Default.IReadOnlyListAgentSummary, cancellationToken));
    }

    private async Task EnrolAsync(
        DemoSite site, AdminClient client, PrivacyConfig privacy, CancellationToken cancellationToken)
    {
        await Task.WhenAll(DemoOrganisation.All
            .Select(each => site.EnrolAsync(
                client, each.Name, AgentRole.Trainer, each.Policy(samples, privacy), cancellationToken))
            .Append(site.EnrolAsync(
                client, DemoOrganisation.Evaluator, AgentRole.Evaluator, DemoOrganisation.EvaluatorPolicy(samples),
                cancellationToken)));
        foreach (var agent in DemoOrganisation.All.Select(each => each.Name).Append(DemoOrganisation.Evaluator))
            site.StartAgent(agent);
        Say($"{DemoOrganisation.All.Count} organisations and an evaluator have made their keys and enrolled");
    }

    private async Task<RunState> FollowAsync(
        DemoSite site, AdminClient client, CancellationToken cancellationToken)
    {
        var victim = DemoOrganisation.All[2].Name;
        var runBegan = host.Time.GetTimestamp();
        RunState? last = null;
        var killing = Task.CompletedTask;
        await new RunFollower(client, host.Time).FollowAsync(
            Run,
            state =>
            {
                foreach (var report in state.History.Skip(last?.History.Count ?? 0)) Tell(state, report, runBegan);
                var isTime = state.Round is { Phase.Stage: RoundStage.Selecting, Id.Number: KillRound };
                if (isTime && killing.IsCompletedSuccessfully && last?.Round?.Id.Number != KillRound)
                    killing = KillAndRestartAsync(site, victim, cancellationToken);
                last = state;
                return state.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled or
                    RunStatus.Paused || killing.IsFaulted;
            },
            Say,
            cancellationToken);
        await killing;
        return last!.Status is RunStatus.Completed
            ? last
            : throw new InvalidOperationException($"the run is {RunTexts.Status(last)}");
    }

    private async Task KillAndRestartAsync(DemoSite site, string victim, CancellationToken cancellationToken)
    {
        await site.KillInTrainingAsync(victim, cancellationToken);
        Say($"round {KillRound}: {victim} is killed in the middle of its training (SIGKILL), and started again");
        site.StartAgent(victim);
    }

    private void Tell(RunState state, RoundReport report, long runBegan)
    {
        var done = state.LastRound;
        var left = host.Time.GetElapsedTime(runBegan) / Math.Max(done, 1) * (state.Plan.Rounds - done);
        var lost = report.Agents.Where(entry => entry.Standing is Standing.Lost).Select(entry => entry.Agent.Value);
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{done * 100 / state.Plan.Rounds,3} %  round {report.Id.Number}: {RunTables.Updates(report)} updates" +
            $"{string.Concat(lost.Select(agent => $", {agent} has lost its own"))}" +
            $"{(Accuracy(report) is { } accuracy ? $", accuracy {accuracy:0.0 %}" : "")}" +
            $"{(done < state.Plan.Rounds ? $"; {left.TotalSeconds:0} s left" : "")}"));
    }

    private void Report(
        RunConfig config, RunState state, IReadOnlyList<AgentSummary> agents, string adapter, string logs, bool asJson)
    {
        var quality = Accuracy(state.History[^1]) ?? throw new InvalidOperationException("nobody measured the run");
        var majority = Majority(config);
        var spent = agents.Where(agent => agent.Facts?.EpsilonSpent is not null).ToList();
        var epsilon = spent.Max(agent => agent.Facts!.EpsilonSpent!.Value);
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "accuracy", "epsilon of its ledger");
        table.AddRow("always the most frequent label", Percent(majority), "");
        table.AddRow("the adapter that they made together", Percent(quality), Figure(epsilon));
        foreach (var agent in spent)
            table.AddRow($"  {agent.Agent}", "", Figure(agent.Facts!.EpsilonSpent!.Value));
        CommandHost.ConsoleOn(host.Output).Write(table);
        host.Output.WriteLine("Each organisation kept its texts, added its own noise and counted what it spent;");
        host.Output.WriteLine("the killed one spent a round for nothing, and knows it. The demo's texts are public.");
        host.Output.WriteLine($"Adapter for PEFT: {adapter}");
        host.Output.WriteLine($"Logs: {logs}");
        if (!asJson) return;
        host.Output.WriteLine(JsonSerializer.Serialize(
            new(majority, quality, epsilon, config.Privacy!.Delta, host.Time.GetElapsedTime(began).TotalSeconds),
            FiguresContext.Default.ServiceFigures));
    }

    private async Task VerbAsync(string[] verb, DemoSite site, CancellationToken cancellationToken)
    {
        using var said = new StringWriter();
        var quiet = host with { Output = said, Error = said };
        var exit = await CommandLine.RunAsync([.. verb, "--profile", site.ProfilePath], quiet, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (exit != ExitCode.Done) throw new InvalidOperationException($"fedlowrank {verb[0]} {verb[1]}: {said}");
    }

    private double Majority(RunConfig config)
    {
        var rows = Training.Data.TextTable.Read(
            Path.Combine(samples, "debian-topics", "debian_topics.tsv.gz"),
            new() { Id = null, Text = config.TextColumn, Label = config.LabelColumn, Split = "split", Client = null })
            .OfSplit("test");
        return (double)rows.CountBy(row => row.Label).Max(count => count.Value) / rows.Count;
    }

    private static double? Accuracy(RoundReport report) =>
        report.Result is RoundResult.Completed { Evaluation: Evaluation.Measured measured }
            ? measured.Metrics.FirstOrDefault(metric => metric.Name == "accuracy")?.Value
            : null;

    private void Say(string what) => host.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"[{host.Time.GetElapsedTime(began).TotalSeconds,5:0.0} s] {what}"));

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Figure(double epsilon) => epsilon.ToString("0.00", CultureInfo.InvariantCulture);
}
