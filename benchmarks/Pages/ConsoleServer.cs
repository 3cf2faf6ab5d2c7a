using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Benchmarks.Cluster;
using FedLowRank.Benchmarks.Service;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Work;
using FedLowRank.Training;

namespace FedLowRank.Benchmarks.Pages;

/// <summary>
/// A server's folder as it is after months: a thousand agents, a long run in the middle of a round, a run with a round
/// of all agents, and an audit log.
/// </summary>
internal static class ConsoleServer
{
    /// <summary>Enrolled agents.</summary>
    public const int Agents = 1000;

    /// <summary>Rounds of <see cref="Long"/>, and agents in each.</summary>
    public const int Rounds = 500, Cohort = 400;

    /// <summary>Rounds of <see cref="Wide"/>; each has all agents.</summary>
    public const int WideRounds = 4;

    private const int AuditEntries = 20_000;

    /// <summary>The run with the long history.</summary>
    public static readonly RunId Long = new("long");

    /// <summary>The run whose rounds have all agents.</summary>
    public static readonly RunId Wide = new("wide");

    // Small, because not the rounds' work is measured; as many layers as a model of 12 blocks has.
    private static readonly ClusterShape Shape = new("console", new(24, 32, 32, 4, Shards: 1));

    /// <summary>Makes the folder.</summary>
    /// <param name="place">Where.</param>
    /// <param name="say">Hears how far it is.</param>
    public static async Task<LoadServer> CreateAsync(Workplace place, Action<string> say)
    {
        var server = await LoadServer.CreateAsync(place["console"], Agents, Shape.Plan);
        say(FormattableString.Invariant($"{Agents} agents have enrolled"));
        await using var folder = await ServerFolder.OpenAsync(
            server.Folder, passphrase: null, new CryptographicRandomSource());
        var updates = await StoredUpdates.WriteAsync(folder.Blobs, Shape, place);
        var drafts = await DraftAsync(folder, place);
        foreach (var (draft, rounds) in drafts.Zip([Rounds, WideRounds]))
        {
            var run = await new PlayedRun(folder.Journal, new RoundWork(folder.Blobs), updates, draft).PlayAsync(
                Enumerable.Range(0, Agents).Select(LoadServer.AgentOf), rounds, TimeProvider.System.GetUtcNow());
            say(FormattableString.Invariant(
                $"run {run.Id}: {rounds} rounds of {run.History[0].Agents.Count} agents are played"));
        }

        return server;
    }

    private static async Task<List<RunState>> DraftAsync(ServerFolder folder, Workplace place)
    {
        await using var federation = await SingleFederation.OpenAsync(new()
        {
            Journal = folder.Journal,
            Blobs = folder.Blobs,
            Work = new RoundWork(folder.Blobs),
            Authority = folder.Authority,
            Random = new CryptographicRandomSource(),
        });
        await federation.Agents.InviteAsync(
            PlayedRun.Evaluator, AgentRole.Evaluator, TimeSpan.FromDays(1), "benchmark");
        await Task.WhenAll(Enumerable.Range(0, AuditEntries).Select(i => federation.Audit.AppendAsync(new(
            "benchmark", "runs.view", FormattableString.Invariant($"entry {i}"), AuditOutcome.Denied,
            [new("reason", "the role of a viewer does not allow this")]))));
        var drafts = new List<RunState>();
        foreach (var (run, cohort) in ((RunId, int)[])[(Long, Cohort), (Wide, Agents)])
        {
            var start = await LoadServer.StoreAsync(folder.Blobs, Shape.Plan.Start(), place[$"{run}.start"]);
            drafts.Add(await federation.Runs.CreateAsync(new(run, PlanOf(cohort), start), "benchmark") switch
            {
                RunCreation.Created { State: var state } => state,
                RunCreation.Refused refused => throw new InvalidOperationException(refused.Message),
                _ => throw new System.Diagnostics.UnreachableException(),
            });
        }

        return drafts;
    }

    private static RunPlan PlanOf(int cohort)
    {
        var plan = Shape.Plan.Plan(cohort);
        return plan with { Rounds = 2 * Rounds, Policy = plan.Policy with { Quorum = cohort / 2 } };
    }
}
