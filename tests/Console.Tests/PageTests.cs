using FedLowRank.ConsoleTests.World;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests;

/// <summary>
/// Goal: every page can be read and used by anybody: no overflow at 1280 and 390 pixels, one heading, labelled fields
/// and tables, a place for the keyboard to begin, and a policy that lets nothing in. Method: each page is asked.
/// </summary>
[Collection(Shared.Name)]
public sealed class PageTests(ConsoleWorld world, Chromium chromium)
{
    private const string Run = "/console/runs/faults";

    internal static readonly string[] Pages =
    [
        "/console", "/console/runs", Run, $"{Run}/commands/cancel", $"{Run}/commands/fork", "/console/agents",
        "/console/agents/north", "/console/agents/north/revoke", "/console/audit", "/console/settings",
        "/console/new-run", "/console/new-run?from=faults", "/console/compare", "/console/compare?a=faults&b=faults",
        $"{Run}/rounds", $"{Run}/export", "/console/settings/users/owner/revoke",
    ];

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task No_page_is_wider_than_the_window(int width)
    {
        await using var window = await SignedInAsync(width);
        foreach (var path in Pages)
        {
            await window.GoAsync(path);
            var wide = await window.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            Assert.True(wide <= width, $"{path} is {wide} wide in a window of {width}");
        }
    }

    [Fact]
    public async Task Pages_are_built_for_screen_readers_and_keyboards()
    {
        await using var window = await SignedInAsync(1280);
        foreach (var path in Pages)
        {
            await window.GoAsync(path);
            var faults = await window.Page.EvaluateAsync<string[]>(
                """
                () => {
                  const faults = [];
                  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
                  if (!document.title || !document.documentElement.lang) faults.push("no title or language");
                  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
                    if (!field.labels.length && !field.ariaLabel) faults.push(`${field.name} has no label`);
                  for (const cell of document.querySelectorAll("table")) {
                    if (cell.querySelector("thead th:not([scope])")) faults.push("a heading without a scope");
                  }
                  const ids = [...document.querySelectorAll("[id]")].map(each => each.id);
                  if (new Set(ids).size !== ids.length) faults.push("an id stands twice");
                  for (const each of document.querySelectorAll("[style], style, script:not([src])"))
                    faults.push(`inline ${each.tagName}`);
                  for (const link of document.querySelectorAll("a, button"))
                    if (!link.innerText.trim() && !link.ariaLabel) faults.push("a link without words");
                  return faults;
                }
                """);
            Assert.True(faults.Length == 0, $"{path}: {string.Join("; ", faults)}");
            await window.Page.Keyboard.PressAsync("Tab");
            Assert.Equal(
                "Skip to content", await window.Page.EvaluateAsync<string>("document.activeElement.innerText"));
        }
    }

    [Fact]
    public async Task Every_page_forbids_what_is_not_the_server_s_own()
    {
        await using var window = await SignedInAsync(1280);
        foreach (var path in Pages)
        {
            var address = new Uri(world.Root, path).AbsoluteUri;
            var headers = (await window.Context.APIRequest.GetAsync(address)).Headers;
            var policy = headers["content-security-policy"];
            Assert.StartsWith(
                "default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal(("nosniff", "no-store"), (headers["x-content-type-options"], headers["cache-control"]));
        }
    }

    [Fact]
    public async Task A_wrong_address_is_told_in_words()
    {
        (string Path, int Status, string Words)[] wrong =
        [
            ("/console/runs/none", 404, "There is no run none"),
            ("/console/runs/No%20Name", 400, "could not be done"),
            ("/console/runs/faults/rounds/1", 400, "A round is written as number.attempt"),
            ("/console/runs/faults/rounds/99.1", 404, "has no round 99.1"),
            ("/console/runs/faults/commands/destroy", 404, "no command destroy"),
            ("/console/agents/nobody", 404, "No agent was ever invited"),
            ("/console/audit?before=x", 400, "Before must be a whole number"),
        ];
        await using var window = await SignedInAsync(1280);
        foreach (var (path, status, words) in wrong)
        {
            Assert.Equal(status, (await window.GoAsync(path)).Status);
            await window.SaysAsync(words);
        }

        window.Forgive("404");
        window.Forgive("400");
    }

    private async Task<Window> SignedInAsync(int width)
    {
        var window = await chromium.OpenAsync(world.Root, width);
        await window.SignInAsync(world.TokenOf("owner"));
        await Assertions.Expect(window.Page.Locator("h1")).ToContainTextAsync("Overview");
        return window;
    }
}
