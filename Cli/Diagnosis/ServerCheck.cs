using System.Globalization;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Verbs;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Diagnosis;

/// <summary>Looks at a server from outside.</summary>
/// <param name="client">The server.</param>
/// <param name="time">This machine's clock.</param>
/// <param name="findings">Where to write what was found.</param>
internal sealed class ServerCheck(AdminClient client, TimeProvider time, List<Finding> findings)
{
    private static readonly TimeSpan CertificateLow = TimeSpan.FromDays(3);
    private static readonly TimeSpan AuthorityLow = TimeSpan.FromDays(180);

    /// <summary>This program's version.</summary>
    public static string Version { get; } =
        typeof(ServerCheck).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <exception cref="AdminException">The server cannot be asked.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var began = time.GetUtcNow();
        var facts = await client.GetAsync(Routes.Server, WireJson.Default.ServerFacts, cancellationToken);
        var middle = began + ((time.GetUtcNow() - began) / 2);
        findings.Add(new("server", FindingLevel.Good, $"{client.Server} answers and takes your token"));
        findings.Add(JudgeClock(facts.Now - middle));
        findings.Add(JudgeVersion(facts.Version));
        if (facts.IsDevelopment)
        {
            findings.Add(new(
                "mode", FindingLevel.Warning, "the server is in development mode and asks nobody for a token",
                "start it without --dev before anything that matters"));
        }

        LookAtCertificate("authority", client.Authority, AuthorityLow, "plan a new authority: agents enrol anew");
        if (client.ServerCertificate is { } own)
        {
            LookAtCertificate(
                "certificate", own, CertificateLow, "the server renews it by itself; look into its log");
        }

        await LookAtAgentsAsync(cancellationToken);
        await LookAtRunsAsync(facts.Now, cancellationToken);
    }

    /// <summary>What to do where the server cannot be asked.</summary>
    public static string RemedyFor(AdminException error) => error switch
    {
        { ExitCode: ExitCode.NotAllowed } => "ask an owner for a new token",
        { Code: "unreachable" or "timed-out" } =>
            "see that the server runs, and that nothing between keeps its admin port",
        { Code: "wrong-host" } => "start the server with --name and the name that the profile dials",
        { Code: "certificate-expired" or "certificate-not-yet-valid" or "authority-out-of-date" } =>
            "compare the clocks of both machines",
        { ExitCode: ExitCode.Unreachable } => "do not go on: another server answers; ask its operator",
        _ => "look into the server's log",
    };

    /// <summary>Judges how far the server's clock is ahead.</summary>
    public static Finding JudgeClock(TimeSpan ahead)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"the server's is {Math.Abs(ahead.TotalSeconds):0.0} s {(ahead < TimeSpan.Zero ? "behind" : "ahead")}");
        return ahead.Duration() > CertificateLifetimes.ClockSkew / 5
            ? new("clock", FindingLevel.Warning, text, "set both clocks by NTP; certificates bear 5 minutes")
            : new("clock", FindingLevel.Good, text);
    }

    /// <summary>Judges the server's version.</summary>
    public static Finding JudgeVersion(string server) => server == Version
        ? new("version", FindingLevel.Good, $"{server}, both")
        : new("version", FindingLevel.Warning, $"the server's is {server}, this one's {Version}", "use the same");

    /// <summary>What a run waits for that somebody can do something about; null where nothing.</summary>
    public static Finding? JudgeRun(RunState state, DateTimeOffset now)
    {
        var subject = $"run {state.Id}";
        return state switch
        {
            { Status: RunStatus.Draft } => new(
                subject, FindingLevel.Warning, "is a draft", $"start it with: fedlowrank runs start {state.Id}"),
            { Status: RunStatus.Paused paused } => new(
                subject, FindingLevel.Warning, $"is paused: {paused.Reason.Message}",
                $"go on with: fedlowrank runs resume {state.Id}"),
            { Status: RunStatus.Failed failed } => new(
                subject, FindingLevel.Bad, $"has failed: {failed.Reason.Message}",
                $"take it up again with: fedlowrank runs rollback {state.Id} --to {state.LastRound}"),
            { Status: RunStatus.BetweenRounds, Plan.Schedule: Aggregation.Rounds.Plans.RunSchedule.Manual } => new(
                subject, FindingLevel.Warning, "waits for somebody to begin the next round",
                $"begin it with: fedlowrank rounds trigger {state.Id}"),
            { Round: { Phase: RoundPhase.Gathering gathering } round } => JudgeGathering(
                subject, state, round, state.Clock.WallTime(gathering.Deadline) - now),
            _ => null,
        };
    }

    private static Finding JudgeGathering(string subject, RunState state, RoundState round, TimeSpan left)
    {
        var isSelecting = round.Phase.Stage == RoundStage.Selecting;
        var missing = round.Roster
            .Where(entry => isSelecting ? entry.Standing is Standing.Invited : entry.Standing is Standing.Joined)
            .Select(entry => entry.Agent.Value).ToList();
        var trainers = state.Agents.Count(seat => seat.Role == Aggregation.Rounds.Messages.AgentRole.Trainer);
        var text = $"round {round.Id} is {RunTexts.Stage(round.Phase.Stage)} for at most " +
            $"{RunTexts.Duration(left > TimeSpan.Zero ? left : TimeSpan.Zero)} more; it waits for " +
            (missing.Count > 0 ? string.Join(", ", missing) : "agents");
        return trainers < state.Plan.Policy.Quorum
            ? new(
                subject, FindingLevel.Bad,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{text}; {trainers} agents are connected and the quorum is {state.Plan.Policy.Quorum}"),
                "start the agents that are missing, and try 'fedlowrank-agent doctor' on their machines")
            : new(
                subject, FindingLevel.Good, text,
                missing.Count > 0 ? null : "try 'fedlowrank-agent doctor' on their machines");
    }

    private void LookAtCertificate(string subject, X509Certificate2 certificate, TimeSpan low, string remedy)
    {
        var end = new DateTimeOffset(certificate.NotAfter).ToUniversalTime();
        var text = $"good until {RunTexts.Time(end)}";
        findings.Add(end - time.GetUtcNow() < low
            ? new(subject, FindingLevel.Warning, text, remedy)
            : new(subject, FindingLevel.Good, text));
    }

    private async Task LookAtAgentsAsync(CancellationToken cancellationToken)
    {
        var agents = await client.GetAsync(
            Routes.Agents, WireJson.Default.IReadOnlyListAgentSummary, cancellationToken);
        var away = agents.Where(agent => agent is { Status: "enrolled", IsConnected: false })
            .Select(agent => agent.Agent.Value).ToList();
        var connected = agents.Count(agent => agent.IsConnected);
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{connected} connected of {agents.Count} that were invited");
        findings.Add(away.Count == 0
            ? new("agents", FindingLevel.Good, text)
            : new(
                "agents", FindingLevel.Warning, $"{text}; enrolled and away: {string.Join(", ", away)}",
                "try 'fedlowrank-agent doctor' on their machines"));
    }

    private async Task LookAtRunsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var runs = await client.GetAsync(Routes.Runs, WireJson.Default.IReadOnlyListRunSummary, cancellationToken);
        foreach (var run in runs)
        {
            var (state, _) = await RunCalls.StateAsync(client, run.Run, cancellationToken);
            if (JudgeRun(state, now) is { } finding) findings.Add(finding);
        }
    }
}
