using FedLowRank.ConsoleTests.World;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests;

/// <summary>
/// Goal: a page that follows the server takes nothing from under a person's hands, and says when it follows no more.
/// Method: an agent is killed while somebody stands on a link in a wide table; the server is killed; a person signs out
/// in another window.
/// </summary>
[Collection(Shared.Name)]
public sealed class LiveTests(ConsoleWorld world, Chromium chromium)
{
    [Fact]
    public async Task An_agent_killed_and_returned_is_seen_and_moves_neither_focus_nor_place()
    {
        await using var window = await SignedInAsync(390);
        await window.GoAsync("/console/agents");
        var row = window.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "south" });
        await Assertions.Expect(row).ToContainTextAsync("connected");
        var link = window.Page.GetByRole(AriaRole.Link, new() { Name = "south" });
        await link.FocusAsync();
        await window.Page.Locator("#agents .scroll").EvaluateAsync("box => { box.scrollLeft = 120 }");
        var south = world.World.Sites[2];
        await south.Process.KillAsync();
        await Assertions.Expect(row).ToContainTextAsync("away", new() { Timeout = 60_000 });
        await Assertions.Expect(link).ToBeFocusedAsync();
        Assert.Equal(
            120, await window.Page.Locator("#agents .scroll").EvaluateAsync<int>("box => Math.round(box.scrollLeft)"));
        await Assertions.Expect(window.Page.Locator("#news")).ToContainTextAsync("agents connected.");
        await south.StartAsync();
        await Assertions.Expect(row).ToContainTextAsync("connected", new() { Timeout = 60_000 });
        await Assertions.Expect(link).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_page_says_that_the_server_is_gone_and_goes_on_when_it_is_back()
    {
        await using var window = await SignedInAsync(1280);
        await window.GoAsync("/console/agents");
        var told = window.Page.Locator("#told");
        await Assertions.Expect(window.Page.Locator("#news")).ToContainTextAsync("connected");
        await Assertions.Expect(told).ToBeEmptyAsync();
        await world.World.Server.KillAsync();
        await Assertions.Expect(told).ToContainTextAsync("No connection to the server", new() { Timeout = 60_000 });
        await world.World.RecoverAsync();
        await Assertions.Expect(told).ToBeEmptyAsync(new() { Timeout = 60_000 });
        await Assertions.Expect(window.Page.Locator("#agents")).ToContainTextAsync(
            "connected", new() { Timeout = 60_000 });
        window.Forgive("net::ERR_");
    }

    [Fact]
    public async Task Who_signs_out_in_one_window_has_left_the_others()
    {
        await using var window = await SignedInAsync(1280);
        await Assertions.Expect(window.Page.Locator("#news")).ToContainTextAsync("to see to");
        var other = await window.Context.NewPageAsync();
        await other.GotoAsync(new Uri(world.Root, "/console/runs").AbsoluteUri);
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(window.Page.Locator("#told")).ToContainTextAsync("You are no longer signed in");
        await window.ClickAsync(AriaRole.Link, "Sign in again");
        await window.Page.GetByLabel("Your token").FillAsync(world.TokenOf("viewer"));
        await window.ClickAsync(AriaRole.Button, "Sign in");
        await window.SaysAsync("Needs attention");
    }

    private async Task<Window> SignedInAsync(int width)
    {
        var window = await chromium.OpenAsync(world.Root, width);
        await window.SignInAsync(world.TokenOf("viewer"));
        await window.SaysAsync("Needs attention");
        return window;
    }
}
