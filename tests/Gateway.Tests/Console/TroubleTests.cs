using System.Net;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>
/// Goal: what an agent says went wrong is kept within limits, as its own word alone, and shown as text. Method: agents
/// that send what they should not.
/// </summary>
public class TroubleTests
{
    private const string Script = "<script>alert('x')</script>";

    private static readonly AgentError Error =
        new(AgentErrorKind.Training, DateTimeOffset.UnixEpoch, GatewayRig.Run, "1.1");

    [Fact]
    public async Task The_last_error_of_an_agent_is_shown_with_the_end_of_its_log_as_text()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var agent = await rig.AgentAsync("berlin");
        await rig.AgentAsync("paris");
        var said = new AgentTrouble(
            Error, ["2026-11-22 09:00:00Z warning not connected", $"{Script}</pre>", "a\u001b[31m\nb\u202ec"]);
        await agent.PutAsync(Routes.Agent.Trouble, Json(said)).NoContentAsync();
        await agent.PutAsync(Routes.Agent.Facts, Answers.Json(
            new("1.2.3", "cuda (RTX 4090)", 0.5, 3, 1e-5), WireJson.Default.AgentFacts)).NoContentAsync();

        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var page = await viewer.OpenAsync(ConsoleRoutes.Agent(new("berlin")));
        foreach (var words in (string[])
            [
                "Its training failed after the round was charged.", "href=\"/console/runs/spam\"", "spam</a> 1.1,",
                "warning not connected", "cuda (RTX 4090)", "epsilon 2.50 at delta 1e-5",
                "3 lines that its owner allows",
            ])
            Assert.Contains(words, page, StringComparison.Ordinal);
        Assert.DoesNotContain(Script, page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(", page, StringComparison.Ordinal);
        Assert.Contains("a?[31m?b?c", page, StringComparison.Ordinal);

        Assert.Contains("training", await viewer.OpenAsync(ConsoleRoutes.Agents), StringComparison.Ordinal);
        Assert.Contains(
            "It told of none", await viewer.OpenAsync(ConsoleRoutes.Agent(new("paris"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_who_keeps_the_log_is_told_of_and_nothing_is_shown_of_it()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var agent = await rig.AgentAsync("berlin");
        await agent.PutAsync(Routes.Agent.Trouble, Json(new(Error, ["one"]))).NoContentAsync();
        await agent.PutAsync(Routes.Agent.Trouble, Json(new(Error with { Run = null, Round = null }, [])))
            .NoContentAsync();
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var page = await viewer.OpenAsync(ConsoleRoutes.Agent(new("berlin")));
        Assert.Contains("Its owner keeps its log", page, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"log\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_exceeds_a_limit_is_refused_and_changes_nothing()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var agent = await rig.AgentAsync("berlin");
        await agent.PutAsync(Routes.Agent.Trouble, Json(new(Error, ["good"]))).NoContentAsync();
        AgentTrouble[] wrong =
        [
            new(Error, Enumerable.Repeat("x", AgentTrouble.LinesMax + 1).ToValueList()),
            new(Error, ["fine", new string('x', AgentTrouble.LineCharactersMax + 1)]),
        ];
        foreach (var each in wrong)
            await agent.PutAsync(Routes.Agent.Trouble, Json(each)).RefusedAsync(400, "malformed");
        await agent.PutAsync(Routes.Agent.Trouble, Json(new(Error with { Round = Script }, [])))
            .RefusedAsync(400, "bad-request");
        foreach (var text in (string[])
            [
                """{"error":{"kind":"panic","at":"2026-01-01T00:00:00Z","run":null,"round":null},"log":[]}""",
                """{"error":{"kind":"data","at":"2026-01-01T00:00:00Z","run":"no name","round":null},"log":[]}""",
                """{"error":{"kind":"data","at":"2026-01-01T00:00:00Z","run":null,"round":null},"log":[null]}""",
                """{"error":{"kind":"data","at":"2026-01-01T00:00:00Z","run":null,"round":null,"text":"x"},"log":[]}""",
                """{"error":null,"log":[]}""",
            ])
        {
            using var answer = await agent.PutAsync(Routes.Agent.Trouble, Answers.Json(text));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        Assert.Equal(["good"], (await FoundAsync(rig, "berlin"))!.Log);
    }

    [Fact]
    public async Task An_agent_speaks_for_itself_alone_and_people_for_none()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var berlin = await rig.AgentAsync("berlin");
        await rig.AgentAsync("paris");
        await berlin.PutAsync(Routes.Agent.Trouble, Json(new(Error, []))).NoContentAsync();
        Assert.Null(await FoundAsync(rig, "paris"));
        using var owner = await rig.PersonAsync(AdminRole.Owner);
        await owner.PutAsync(Routes.Agent.Trouble, Json(new(Error, []))).RefusedAsync(404, "not-found");
        await owner.PutAsync(Routes.AgentTrouble(new("berlin")), Json(new(Error, [])))
            .RefusedAsync(405, "method-not-allowed");
    }

    [Fact]
    public void Every_kind_has_words_and_advice()
    {
        Assert.All(Enum.GetValues<AgentErrorKind>(), kind =>
        {
            Assert.NotEmpty((Error with { Kind = kind }).Message);
            Assert.NotEmpty(Gateway.Console.Views.AgentView.Advice(kind));
        });
        Assert.All(
            Enum.GetValues<Aggregation.Rounds.Messages.DeclineReason>(),
            reason => Assert.Equal(
                reason is Aggregation.Rounds.Messages.DeclineReason.Busy ? null : reason.ToString(),
                AgentError.KindOf(reason)?.ToString()));
        Assert.Equal("half ? a pair", AgentTrouble.Clean("half \ud83d a pair"));
        Assert.Equal("ölga 😀", AgentTrouble.Clean("ölga 😀"));
    }

    private static async Task<AgentTrouble?> FoundAsync(GatewayRig rig, string agent)
    {
        using var viewer = await rig.PersonAsync(AdminRole.Viewer);
        var answer = viewer.GetAsync(Routes.AgentTrouble(new(agent)));
        return (await answer.ReadAsync(WireJson.Default.TroubleAnswer)).Trouble;
    }

    private static HttpContent Json(AgentTrouble trouble) => Answers.Json(trouble, WireJson.Default.AgentTrouble);
}
