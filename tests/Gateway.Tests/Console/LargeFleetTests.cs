using System.Globalization;
using System.Net;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Goal: where there is much, a page shows a part, says so, and leads to all the rest.</summary>
public class LargeFleetTests
{
    private const string NotFirst = "From the first";

    [Fact]
    public async Task Agents_are_listed_page_by_page_and_each_is_on_one()
    {
        await using var rig = await GatewayRig.StartAsync();
        await InviteAsync(rig, 250);
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var seen = new List<string>();
        string? address = ConsoleRoutes.Agents;
        for (var pages = 0; address is not null; pages++)
        {
            Assert.True(pages < 3, address);
            var page = await viewer.OpenAsync(address);
            seen.AddRange(AgentsOf(page));
            Assert.Contains(
                $"{100 * pages + 1} to {Math.Min(250, 100 * (pages + 1))} of 250 agents", Words(page),
                StringComparison.Ordinal);
            Assert.Equal(pages > 0, page.Contains(NotFirst, StringComparison.Ordinal));
            address = LinkOf(page, "agents-next");
        }

        Assert.Equal(Enumerable.Range(0, 250).Select(SampleRun.Name), seen);
    }

    [Fact]
    public async Task Agents_are_found_by_name_or_state_and_the_page_stays_with_them()
    {
        await using var rig = await GatewayRig.StartAsync();
        await InviteAsync(rig, 120);
        await rig.Federation.Agents.RevokeAsync(new(SampleRun.Name(7)), "lost", "test");
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var named = await viewer.OpenAsync($"{ConsoleRoutes.Agents}?find=T-001");
        Assert.Equal(Enumerable.Range(10, 10).Select(SampleRun.Name), AgentsOf(named));
        Assert.Contains("data-live=\"/console/agents-live?find=T-001\"", named, StringComparison.Ordinal);
        Assert.Equal([SampleRun.Name(7)], AgentsOf(await viewer.OpenAsync($"{ConsoleRoutes.Agents}?find=revoked")));
        var none = await viewer.OpenAsync($"{ConsoleRoutes.Agents}?find=%22%3E%3Cb%3E");
        Assert.Contains("None of 120 agents is found", Words(none), StringComparison.Ordinal);
        Assert.DoesNotContain("\"><b>", none, StringComparison.Ordinal);
        Assert.Empty(AgentsOf(await viewer.OpenAsync($"{ConsoleRoutes.Agents}?after=zulu")));
    }

    [Fact]
    public async Task A_few_agents_are_all_on_the_page_without_a_search()
    {
        await using var rig = await GatewayRig.StartAsync();
        await InviteAsync(rig, 3);
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var page = await viewer.OpenAsync(ConsoleRoutes.Agents);
        Assert.Equal(3, AgentsOf(page).Count);
        Assert.DoesNotContain("Find agents", page, StringComparison.Ordinal);
        Assert.Contains("data-live=\"/console/agents-live\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_s_page_lists_its_last_rounds_and_leads_to_all()
    {
        await using var rig = await GatewayRig.StartAsync();
        rig.Federation.Runs.Put(SampleRun.Completed(rounds: 230, agents: 1));
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var run = new RunId("spam");
        var page = await viewer.OpenAsync(ConsoleRoutes.Run(run));
        Assert.Equal(Enumerable.Range(206, 25).Reverse(), RoundsOf(page));
        Assert.Contains("The last 100 of 230 rows", Words(page), StringComparison.Ordinal);

        var seen = new List<int>();
        for (string? address = ConsoleRoutes.Rounds(run); address is not null;)
        {
            var rounds = await viewer.OpenAsync(address);
            Assert.InRange(RoundsOf(rounds).Count, 1, 100);
            seen.AddRange(RoundsOf(rounds));
            address = LinkOf(rounds, "earlier");
        }

        Assert.Equal(Enumerable.Range(1, 230).Reverse(), seen);
        await viewer.OpenAsync($"{ConsoleRoutes.Rounds(run)}?before=0", HttpStatusCode.BadRequest);
        await viewer.OpenAsync($"{ConsoleRoutes.Rounds(run)}?before=x", HttpStatusCode.BadRequest);
        await viewer.OpenAsync(ConsoleRoutes.Rounds(new("none")), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_large_round_is_counted_on_the_run_s_page_and_listed_on_its_own()
    {
        await using var rig = await GatewayRig.StartAsync();
        string[] agents = [.. Enumerable.Range(0, 30).Select(SampleRun.Name)];
        var round = new RoundState(
            GatewayRig.Round, SampleRun.Hash(9), SampleRun.Opened, Retry: 0,
            new RoundPhase.Gathering(RoundStage.Collecting, TimeSpan.FromMinutes(10), IsExtended: false), TimeSpan.Zero,
            agents.Select(agent => SampleRun.Entry(agent, new Standing.Joined(0))).ToValueList(), [], []);
        var run = SampleRun.Draft() with { Status = new RunStatus.InRound(round, null) };
        rig.Federation.Runs.Put(run);
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var page = await viewer.OpenAsync(ConsoleRoutes.Run(run.Id));
        Assert.Contains("30 joined.", page, StringComparison.Ordinal);
        Assert.Empty(AgentsOf(page));
        Assert.Equal(agents, AgentsOf(await viewer.OpenAsync(ConsoleRoutes.Round(run.Id, round.Id))));
    }

    [Fact]
    public async Task The_audit_page_shows_the_last_entries_and_leads_to_earlier_ones()
    {
        await using var rig = await GatewayRig.StartAsync();
        var owner = await Browser.SignInAsync(rig, AdminRole.Owner);
        for (var i = 1; i <= 220; i++)
            await rig.Federation.AppendAsync(new("test", "denied", $"entry-{i}", AuditOutcome.Denied, []));
        var last = await rig.Federation.LastAsync();
        var newest = await owner.OpenAsync(ConsoleRoutes.Audit);
        Assert.Contains(">entry-220<", newest, StringComparison.Ordinal);
        Assert.Contains(">entry-121<", newest, StringComparison.Ordinal);
        Assert.DoesNotContain(">entry-120<", newest, StringComparison.Ordinal);
        var earlier = await owner.OpenAsync($"{ConsoleRoutes.Audit}?before={last - 99}");
        Assert.Contains(">entry-120<", earlier, StringComparison.Ordinal);
        Assert.DoesNotContain(">entry-121<", earlier, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_for_the_fleet_is_shared_and_its_answer_grows_old()
    {
        await using var rig = await GatewayRig.StartAsync();
        var time = new StillTime();
        var fleet = new FleetWatch(rig.Federation, time);
        var first = await fleet.FindAsync(CancellationToken.None);
        await InviteAsync(rig, 1);
        Assert.Same(first, await fleet.FindAsync(CancellationToken.None));
        time.Now += TimeSpan.FromSeconds(1);
        Assert.Single((await fleet.FindAsync(CancellationToken.None)).Agents);
    }

    private static async Task InviteAsync(GatewayRig rig, int agents)
    {
        for (var i = 0; i < agents; i++)
        {
            Assert.IsType<Federation.Identity.Outcome<IssuedInvite>.Accepted>(await rig.Federation.Agents.InviteAsync(
                new(SampleRun.Name(i)), AgentRole.Trainer, TimeSpan.FromDays(1), "test"));
        }
    }

    /// <summary>Agents of the page's tables, by the links in their rows' heads.</summary>
    private static List<string> AgentsOf(string page) => HeadsOf(page, "/console/agents/");

    private static List<int> RoundsOf(string page) =>
        [.. HeadsOf(page, "/rounds/").Select(round => int.Parse(round.Split('.')[0], CultureInfo.InvariantCulture))];

    private static List<string> HeadsOf(string page, string path) =>
    [
        .. page.Split("<th scope=\"row\"").Skip(1).Select(rest => rest.Split("</th>")[0])
            .Where(head => head.Contains(path, StringComparison.Ordinal))
            .Select(head => head.Split(path)[1].Split('"')[0]),
    ];

    private static string? LinkOf(string page, string id) => page.Split($"id=\"{id}\" href=\"") is [_, var rest]
        ? WebUtility.HtmlDecode(rest.Split('"')[0])
        : null;

    private static string Words(string page) =>
        string.Join(' ', page.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Goes on when it is told to.</summary>
    private sealed class StillTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
