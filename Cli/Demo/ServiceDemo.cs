using System.Globalization;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Verbs;
using FedLowRank.Cli.Watching;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Planning;
using FedLowRank.Federation.Wire;
using Spectre.Console;

namespace FedLowRank.Cli.Demo;

/// <summary>
/// The demo on real processes: a server, or a cluster, and five organisations on loopback learn together over mutual
/// TLS, one of them is killed in the middle of a round, later a silo is, and the adapter is exported.
/// </summary>
internal sealed class ServiceDemo(CommandHost host, DemoOptions options)
{
    private const int AgentKillRound = 4;
    private const int PartKillRound = 7;

    private readonly SampleRun run = new(host, options);

    /// <summary>Runs it.</summary>
    public async Task RunAsync(bool asJson, CancellationToken cancellationToken)
    {
        var adapter = Path.Combine(options.Output, "adapter");
        if (Directory.Exists(adapter)) Directory.Delete(adapter, recursive: true);
        var (state, agents, logs) = await LearnAsync(adapter, cancellationToken);
        Report(state, agents, adapter, logs, asJson);
    }

    private async Task<(RunState State, IReadOnlyList<AgentSummary> Agents, string Logs)> LearnAsync(
        string adapter, CancellationToken cancellationToken)
    {
        await using var site = new DemoSite(options, cancellationToken);
        await site.Server.StartAsync(run.Say, cancellationToken);
        using var client = await AdminClient.ConnectAsync(
            ProfileFile.Read(site.Server.Profile), host.Time, cancellationToken);
        await run.StartAsync(site, client, cancellationToken);
        var state = await FollowAsync(site, client, cancellationToken);
        await run.ExportAsync(adapter, site, cancellationToken);
        return (
            state,
            await client.GetAsync(Routes.Agents, WireJson.Default.IReadOnlyListAgentSummary, cancellationToken),
            site.Logs);
    }

    private async Task<RunState> FollowAsync(
        DemoSite site, AdminClient client, CancellationToken cancellationToken)
    {
        var runBegan = host.Time.GetTimestamp();
        RunState? last = null;
        Task? agentKilling = null, partKilling = null;
        await new RunFollower(client, host.Time).FollowAsync(
            SampleRun.Id,
            state =>
            {
                foreach (var report in state.History.Skip(last?.History.Count ?? 0)) run.Tell(state, report, runBegan);
                if (state.Round is { Phase.Stage: RoundStage.Selecting, Id.Number: AgentKillRound })
                    agentKilling ??= KillAndRestartAsync(site, cancellationToken);
                if (state.Round is { Id.Number: PartKillRound }) partKilling ??= KillPartAsync(site);
                last = state;
                return SampleRun.IsOver(state) || agentKilling is { IsFaulted: true } ||
                    partKilling is { IsFaulted: true };
            },
            run.Say,
            cancellationToken);
        await Task.WhenAll(agentKilling ?? Task.CompletedTask, partKilling ?? Task.CompletedTask);
        return last!.Status is RunStatus.Completed
            ? last
            : throw new InvalidOperationException($"the run is {RunTexts.Status(last)}");
    }

    private async Task KillAndRestartAsync(DemoSite site, CancellationToken cancellationToken)
    {
        var victim = DemoOrganisation.All[2].Name;
        await site.KillInTrainingAsync(victim, cancellationToken);
        run.Say(
            $"round {AgentKillRound}: {victim} is killed in the middle of its training (SIGKILL), and started again");
        site.StartAgent(victim);
    }

    private async Task KillPartAsync(DemoSite site)
    {
        if (await site.Server.KillPartAsync() is { } killed) run.Say($"round {PartKillRound}: {killed}");
    }

    private void Report(
        RunState state, IReadOnlyList<AgentSummary> agents, string adapter, string logs, bool asJson)
    {
        var quality = SampleRun.Accuracy(state.History[^1])
            ?? throw new InvalidOperationException("nobody measured the run");
        var majority = Majority(run.Config);
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
            new(majority, quality, epsilon, run.Privacy.Delta, run.Elapsed.TotalSeconds, options.Cluster?.Silos),
            FiguresContext.Default.ServiceFigures));
    }

    private double Majority(RunConfig config)
    {
        var rows = Training.Data.TextTable.Read(
            Path.Combine(options.Samples, "debian-topics", "debian_topics.tsv.gz"),
            new() { Id = null, Text = config.TextColumn, Label = config.LabelColumn, Split = "split", Client = null })
            .OfSplit("test");
        return (double)rows.CountBy(row => row.Label).Max(count => count.Value) / rows.Count;
    }

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Figure(double epsilon) => epsilon.ToString("0.00", CultureInfo.InvariantCulture);
}
