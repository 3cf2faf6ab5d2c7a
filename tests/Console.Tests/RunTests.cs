// Goal: a run's owner does the whole job in the browser. Method: a private run with three real agents, driven by clicks
// alone, while the page is never loaded anew by hand.
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.ConsoleTests.World;
using FedLowRank.Faults.Tests.Points;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests;

[Collection(Shared.Name)]
public sealed class RunTests(ConsoleWorld world, Chromium chromium)
{
    private const string Run = "/console/runs/faults";

    [Fact]
    public async Task A_round_is_started_watched_and_rolled_back_by_clicks()
    {
        await using var window = await OperatorAsync();
        var round = (await world.World.StateAsync()).LastRound + 1;
        await TriggerAsync(window);
        await Assertions.Expect(window.Page.Locator("#rounds")).ToContainTextAsync(
            $"{round}.1", new() { Timeout = 120_000 });
        await Assertions.Expect(window.Page.Locator("#state")).ToContainTextAsync("Between rounds");

        await window.ClickAsync(AriaRole.Link, $"{round}.1");
        await window.SaysAsync("delivered");
        await window.GoAsync(Run);

        await window.ClickAsync(AriaRole.Link, "Roll back");
        await window.SaysAsync("The privacy that agents have spent stays spent");
        await window.Page.GetByLabel("Back to the checkpoint after round").SelectOptionAsync(
            $"{round - 1}");
        await window.ClickAsync(AriaRole.Button, "Roll back");
        await window.SaysAsync("rolled back to round");
        await window.ClickAsync(AriaRole.Link, "Resume");
        await window.ClickAsync(AriaRole.Button, "Resume");
        await window.SaysAsync("Between rounds");
        var state = await world.World.StateAsync();
        Assert.Equal(round - 1, state.LastRound);
        Assert.Contains(state.History, report => report.Id.Number == round && report.IsSuperseded);
    }

    [Fact]
    public async Task A_run_that_trains_is_paused_and_resumed()
    {
        await using var window = await OperatorAsync();
        foreach (var site in world.World.Sites) site.Arm("step-1", FaultPoint.Wait);
        await TriggerAsync(window);
        await Assertions.Expect(window.Page.Locator("#state")).ToContainTextAsync(
            "agents train", new() { Timeout = 60_000 });
        await window.ClickAsync(AriaRole.Link, "Pause now");
        await window.ClickAsync(AriaRole.Button, "Pause now");
        await window.SaysAsync("asked for it");
        foreach (var site in world.World.Sites) site.Disarm();
        await window.ClickAsync(AriaRole.Link, "Resume");
        await window.ClickAsync(AriaRole.Button, "Resume");
        await Assertions.Expect(window.Page.Locator("#state")).ToContainTextAsync(
            "Between rounds", new() { Timeout = 120_000 });
    }

    [Fact]
    public async Task A_fork_is_a_new_draft_which_can_be_cancelled()
    {
        await using var window = await OperatorAsync();
        await window.ClickAsync(AriaRole.Link, "Fork");
        await window.Page.GetByLabel("Name of the new run").FillAsync("branch");
        await window.ClickAsync(AriaRole.Button, "Fork");
        await window.SaysAsync("Draft");
        Assert.EndsWith("/console/runs/branch", window.Page.Url, StringComparison.Ordinal);
        await window.ClickAsync(AriaRole.Link, "Cancel");
        await window.ClickAsync(AriaRole.Button, "Cancel");
        await window.SaysAsync("Cancelled");
    }

    [Fact]
    public async Task An_agent_is_invited_and_revoked()
    {
        await using var window = await OperatorAsync();
        await window.GoAsync("/console/agents");
        await window.Page.GetByLabel("Name").FillAsync("west");
        await window.ClickAsync(AriaRole.Button, "Invite");
        await window.SaysAsync("Invite for west");
        await window.SaysAsync("fedlowrank-agent enrol");
        await window.GoAsync("/console/agents/west");
        await window.ClickAsync(AriaRole.Link, "Revoke");
        await window.Page.GetByLabel("Why").FillAsync("never came");
        await window.ClickAsync(AriaRole.Button, "Revoke");
        await window.SaysAsync("never came");
    }

    private static async Task TriggerAsync(Window window)
    {
        await window.ClickAsync(AriaRole.Link, "Start the next round");
        await window.SaysAsync("spend the budget of");
        await window.ClickAsync(AriaRole.Button, "Start the next round");
    }

    private async Task<Window> OperatorAsync()
    {
        await world.World.UntilAsync(state => state.Status is RunStatus.BetweenRounds);
        var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf("operator"));
        await window.SaysAsync("Needs attention");
        await window.GoAsync(Run);
        return window;
    }
}
