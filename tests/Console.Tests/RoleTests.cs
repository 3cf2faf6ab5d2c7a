using FedLowRank.ConsoleTests.World;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests;

/// <summary>
/// Goal: nobody does more than their role allows, whatever they send. Method: pages are asked for, and forms sent, with
/// the session and the form token of a person who was never shown them.
/// </summary>
[Collection(Shared.Name)]
public sealed class RoleTests(ConsoleWorld world, Chromium chromium)
{
    private const string Run = "/console/runs/faults";

    private static readonly string[] Commands =
        ["start", "trigger", "pause", "pause-now", "resume", "rollback", "fork", "cancel"];

    private static readonly string[] OperatorsPages =
        ["/console/new-run", "/console/agents/north/revoke", "/console/audit", .. Commands.Select(Command)];

    private static readonly string[] OperatorsForms =
        ["/console/new-run", "/console/new-run/check", "/console/agents", "/console/agents/north/revoke",
        .. Commands.Select(Command)];

    private static readonly string[] OwnersPages = ["/console/audit.csv", "/console/audit.json"];

    [Fact]
    public async Task A_viewer_gets_no_page_and_no_form_of_an_operator()
    {
        await using var window = await SignedInAsync("viewer");
        foreach (var path in OperatorsPages.Concat(OwnersPages)) Assert.Equal(403, await GetAsync(window, path));
        var before = await world.World.StateAsync();
        foreach (var path in OperatorsForms) Assert.Equal(403, await PostAsync(window, path));
        var after = await world.World.StateAsync();
        Assert.Equal((before.Status, before.LastRound), (after.Status, after.LastRound));
        var buttons = window.Page.GetByRole(AriaRole.Button);
        Assert.Equal(["Sign out"], await buttons.AllInnerTextsAsync());
        await window.GoAsync("/console/agents");
        await Assertions.Expect(window.Page.Locator("#invite")).ToHaveCountAsync(0);
        await window.GoAsync("/console/settings");
        Assert.DoesNotContain("People with tokens", await window.Page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_gets_the_pages_of_an_operator_and_none_of_an_owner()
    {
        await using var window = await SignedInAsync("operator");
        foreach (var path in OperatorsPages) Assert.Equal(200, await GetAsync(window, path));
        foreach (var path in OwnersPages) Assert.Equal(403, await GetAsync(window, path));
        await window.GoAsync("/console/settings");
        Assert.DoesNotContain("People with tokens", await window.Page.InnerTextAsync("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_gets_every_page_and_refusals_are_in_the_audit_log()
    {
        await using (var viewer = await SignedInAsync("viewer"))
            Assert.Equal(403, await PostAsync(viewer, Command("cancel")));
        await using var window = await SignedInAsync("owner");
        foreach (var path in OperatorsPages.Concat(OwnersPages)) Assert.Equal(200, await GetAsync(window, path));
        await window.GoAsync("/console/audit");
        var refused = window.Page.GetByRole(AriaRole.Row)
            .Filter(new() { HasText = "the-viewer" }).Filter(new() { HasText = "denied" });
        await Assertions.Expect(refused.First).ToBeVisibleAsync();
        await window.GoAsync("/console/settings");
        await window.SaysAsync("People with tokens");
    }

    private static string Command(string name) => $"{Run}/commands/{name}";

    private async Task<int> GetAsync(Window window, string path) =>
        (await window.Context.APIRequest.GetAsync(new Uri(world.Root, path).AbsoluteUri)).Status;

    /// <summary>A form that would be obeyed, were it another's.</summary>
    private async Task<int> PostAsync(Window window, string path)
    {
        var form = window.Context.APIRequest.CreateFormData();
        var token = window.Page.Locator("input[name=form-token]").First;
        form.Set("form-token", (await token.GetAttributeAsync("value"))!);
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
            [("agent", "forged"), ("role", "trainer"), ("hours", "1"), ("reason", "forged"), ("round", "0"),
            ("name", "forged"), ("command-id", Guid.NewGuid().ToString("N")), ("do", "check")])
            form.Set(name, value);
        var answer = await window.Context.APIRequest.PostAsync(new Uri(world.Root, path).AbsoluteUri, new()
        {
            Form = form,
            MaxRedirects = 0,
            Headers = [new("Origin", world.Root.GetLeftPart(UriPartial.Authority))],
        });
        return answer.Status;
    }

    private async Task<Window> SignedInAsync(string role)
    {
        var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf(role));
        await window.SaysAsync("Needs attention");
        return window;
    }
}
