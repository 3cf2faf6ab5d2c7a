using System.Net;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Console.Sessions;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.Extensions.DependencyInjection;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Goal: whoever may see a page may take its figures out, and nobody else.</summary>
public class DownloadTests
{
    [Theory]
    [InlineData("runs/spam/rounds", "round,attempt,opened")]
    [InlineData("runs/spam/rounds/3.1/agents", "agent,invited_to_attempt,standing")]
    [InlineData("runs/spam/privacy", "agent,rounds,epsilon_at_least")]
    [InlineData("runs/spam/layers", "round,layer,effective_rank")]
    [InlineData("agents", "agent,role,state")]
    public async Task Every_table_is_a_file_of_either_form(string path, string head)
    {
        await using var rig = await GatewayRig.StartAsync();
        rig.Federation.Runs.Put(SampleRun.Completed(rounds: 3, agents: 2));
        using var viewer = await SignedInAsync(rig, AdminRole.Viewer);
        using var csv = await viewer.GetAsync($"{ConsoleRoutes.Root}/{path}.csv");
        Assert.Equal(HttpStatusCode.OK, csv.StatusCode);
        Assert.Equal("text/csv", csv.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", csv.Content.Headers.ContentDisposition!.DispositionType);
        Assert.EndsWith(".csv", csv.Content.Headers.ContentDisposition.FileName!.Trim('"'), StringComparison.Ordinal);
        Assert.StartsWith(head, await csv.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await viewer.GetStringAsync($"{ConsoleRoutes.Root}/{path}.json"));
        Assert.Equal(JsonValueKind.Array, json.RootElement.ValueKind);
        using var other = await viewer.GetAsync($"{ConsoleRoutes.Root}/{path}.xlsx");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Fact]
    public async Task State_and_plan_are_read_back_as_they_were()
    {
        await using var rig = await GatewayRig.StartAsync();
        var run = SampleRun.Completed(rounds: 3, agents: 2);
        rig.Federation.Runs.Put(run);
        using var viewer = await SignedInAsync(rig, AdminRole.Viewer);
        var state = await viewer.GetByteArrayAsync($"{ConsoleRoutes.Run(run.Id)}/state.json");
        Assert.Equal(run, RunJson.ReadState(state));
        var plan = await viewer.GetByteArrayAsync($"{ConsoleRoutes.Run(run.Id)}/plan.json");
        Assert.Equal(run.Plan, JsonSerializer.Deserialize(plan, WireJson.Default.RunPlan));
    }

    [Fact]
    public async Task The_audit_log_is_for_owners_alone_and_holds_no_formula()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.Federation.AppendAsync(new(
            "=cmd|' /C calc'!A0", "run.created", "spam", Federation.Identity.Audit.AuditOutcome.Done, []));
        using var owner = await SignedInAsync(rig, AdminRole.Owner);
        var log = await owner.GetStringAsync(ConsoleRoutes.Audit + ".csv");
        Assert.Contains(",'=cmd|' /C calc'!A0,run.created,", log, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await owner.GetStringAsync(ConsoleRoutes.Audit + ".json"));
        Assert.Equal("run.created", json.RootElement[0].GetProperty("action").GetString());

        using var operating = await SignedInAsync(rig, AdminRole.Operator);
        using var refused = await operating.GetAsync(ConsoleRoutes.Audit + ".csv");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Without_a_session_there_is_nothing_to_take()
    {
        await using var rig = await GatewayRig.StartAsync();
        rig.Federation.Runs.Put(SampleRun.Completed(rounds: 1, agents: 1));
        using var anybody = rig.Anybody();
        foreach (var file in new[] { "state.json", "plan.json", "rounds.csv", "layers.json", "privacy.csv" })
        {
            using var answer = await anybody.GetAsync($"{ConsoleRoutes.Runs}/spam/{file}");
            Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("runs/none/rounds.csv")]
    [InlineData("runs/none/state.json")]
    [InlineData("runs/spam/rounds/9.1/agents.csv")]
    [InlineData("runs/spam/rounds/9.1")]
    [InlineData("compare?a=spam&b=none")]
    public async Task What_is_not_there_is_told_so(string path)
    {
        await using var rig = await GatewayRig.StartAsync();
        rig.Federation.Runs.Put(SampleRun.Completed(rounds: 1, agents: 1));
        using var viewer = await SignedInAsync(rig, AdminRole.Viewer);
        using var answer = await viewer.GetAsync($"{ConsoleRoutes.Root}/{path}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("compare")]
    [InlineData("compare?a=spam")]
    [InlineData("compare?a=spam&b=spam")]
    [InlineData("runs/spam")]
    [InlineData("runs/spam/rounds/1.1")]
    [InlineData("runs")]
    [InlineData("agents")]
    public async Task Pages_are_there_and_allow_no_script_or_style_of_their_own(string path)
    {
        await using var rig = await GatewayRig.StartAsync();
        rig.Federation.Runs.Put(SampleRun.Completed(rounds: 1, agents: 1));
        using var viewer = await SignedInAsync(rig, AdminRole.Viewer);
        using var answer = await viewer.GetAsync($"{ConsoleRoutes.Root}/{path}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<HttpClient> SignedInAsync(GatewayRig rig, AdminRole role)
    {
        var token = AdminTokenText.Write(GatewayRig.Accepted(await rig.Federation.Users.CreateAsync(
            new($"{role}.{Guid.NewGuid():N}"), role, TimeSpan.FromDays(1), "test")));
        var seal = rig.Server.Services.GetRequiredService<SessionSeal>();
        var client = rig.Anybody();
        client.DefaultRequestHeaders.Add("Cookie", $"__Secure-fedlowrank={seal.Seal(seal.Begin(token))}");
        return client;
    }
}
