using System.Globalization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Verbs;
using FedLowRank.Federation.Planning;

namespace FedLowRank.Cli.Demo;

/// <summary>The sample run and the organisations that take part in it, told as it goes on.</summary>
internal sealed class SampleRun
{
    /// <summary>Its name.</summary>
    public static readonly RunId Id = new("topics");

    private readonly CommandHost host;
    private readonly DemoOptions options;
    private readonly string file;
    private readonly long began;

    /// <summary>Reads its configuration.</summary>
    /// <exception cref="InvalidDataException">It is not private.</exception>
    public SampleRun(CommandHost host, DemoOptions options)
    {
        (this.host, this.options, began) = (host, options, host.Time.GetTimestamp());
        file = Path.Combine(options.Samples, "debian-topics", "demo.json");
        Config = RunConfigFile.Read(file);
        Privacy = Config.Privacy ?? throw new InvalidDataException($"{file}: the demo's run must be private");
    }

    /// <summary>What it trains, and how.</summary>
    public RunConfig Config { get; }

    /// <summary>What it may spend.</summary>
    public PrivacyConfig Privacy { get; }

    /// <summary>Since the demo began.</summary>
    public TimeSpan Elapsed => host.Time.GetElapsedTime(began);

    /// <summary>Lets all enrol and connect, and starts the run.</summary>
    public async Task StartAsync(DemoSite site, AdminClient client, CancellationToken cancellationToken)
    {
        await Task.WhenAll(DemoOrganisation.All
            .Select(each => site.EnrolAsync(
                client, each.Name, AgentRole.Trainer, each.Policy(options.Samples, Privacy), cancellationToken))
            .Append(site.EnrolAsync(
                client, DemoOrganisation.Evaluator, AgentRole.Evaluator,
                DemoOrganisation.EvaluatorPolicy(options.Samples), cancellationToken)));
        foreach (var agent in DemoOrganisation.All.Select(each => each.Name).Append(DemoOrganisation.Evaluator))
            site.StartAgent(agent);
        Say($"{DemoOrganisation.All.Count} organisations and an evaluator have made their keys and enrolled");
        await VerbAsync(["runs", "create", Id.Value, "--file", file, "--start"], site, cancellationToken);
        Say($"the run begins: {Config.Rounds} rounds, epsilon {Privacy.Epsilon} in all");
    }

    /// <summary>Exports its adapter.</summary>
    public Task ExportAsync(string adapter, DemoSite site, CancellationToken cancellationToken) => VerbAsync(
        ["runs", "export", Id.Value, "--output", adapter, "--model", Path.Combine(options.Samples, "base")],
        site, cancellationToken);

    /// <summary>Accuracy on the test split of the adapter after a round; null where nobody measured it.</summary>
    public static double? Accuracy(RoundReport report) =>
        report.Result is RoundResult.Completed { Evaluation: Evaluation.Measured measured }
            ? measured.Metrics.FirstOrDefault(metric => metric.Name == "accuracy")?.Value
            : null;

    /// <summary>True when no further round will come by itself.</summary>
    public static bool IsOver(RunState state) =>
        state.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled or RunStatus.Paused;

    /// <summary>Tells of a round that is done.</summary>
    /// <param name="state">The run after it.</param>
    /// <param name="report">The round's.</param>
    /// <param name="runBegan">When the run did, for the time left.</param>
    public void Tell(RunState state, RoundReport report, long runBegan)
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

    /// <summary>Tells what happens, and when.</summary>
    public void Say(string what) => host.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"[{Elapsed.TotalSeconds,5:0.0} s] {what}"));

    private async Task VerbAsync(string[] verb, DemoSite site, CancellationToken cancellationToken)
    {
        using var said = new StringWriter();
        var quiet = host with { Output = said, Error = said };
        var exit = await CommandLine.RunAsync([.. verb, "--profile", site.Server.Profile], quiet, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (exit != ExitCode.Done) throw new InvalidOperationException($"fedlowrank {verb[0]} {verb[1]}: {said}");
    }
}
