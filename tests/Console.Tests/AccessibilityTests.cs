using System.Text.Json;
using System.Text.RegularExpressions;
using FedLowRank.ConsoleTests.World;
using FedLowRank.Tests;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests;

/// <summary>
/// Goal: a person with a keyboard, a screen reader or weak eyes can do all of it. Method: axe-core's rules for WCAG 2.2
/// AA on every page, light and wide, dark and narrow; the keyboard's way through pages; contrast by WCAG's own formula.
/// </summary>
[Collection(Shared.Name)]
public sealed class AccessibilityTests(ConsoleWorld world, Chromium chromium)
{
    private const string Contrast =
        """
        () => {
          const style = getComputedStyle(document.documentElement);
          const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
          const luminance = name => {
            const hex = style.getPropertyValue(name).trim().slice(1);
            const [r, g, b] = [0, 2, 4].map(i => channel(parseInt(hex.slice(i, i + 2), 16)));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ratio = (a, b) => {
            const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
            return (high + 0.05) / (low + 0.05);
          };
          const pairs = [["--on-accent", "--accent"], ["--page", "--bad"], ["--text", "--good-back"],
            ["--text", "--warn-back"], ["--text", "--bad-back"], ["--link", "--warn-back"], ["--link", "--bad-back"]];
          for (const ground of ["--page", "--card"])
            for (const ink of ["text", "quiet", "link", "good", "warn", "bad", "s0", "s1", "s2", "s3", "s4", "s5"])
              pairs.push([`--${ink}`, ground]);
          return pairs.filter(([ink, ground]) => !(ratio(ink, ground) >= 4.5))
            .map(([ink, ground]) => `${ink} on ${ground}: ${ratio(ink, ground).toFixed(2)}`);
        }
        """;

    private static readonly string? Axe = new[]
    {
        Environment.GetEnvironmentVariable("FED_AXE"),
        RepositoryFiles.Path("out", "axe", "node_modules", "axe-core", "axe.min.js"),
    }.FirstOrDefault(File.Exists);

    [Theory]
    [InlineData(1280, false)]
    [InlineData(390, true)]
    public async Task Axe_finds_nothing(int width, bool dark)
    {
        Assert.SkipWhen(
            Axe is null, "no axe-core; 'npm install --prefix out/axe axe-core' or set FED_AXE to its axe.min.js");
        var axe = await File.ReadAllTextAsync(Axe!, TestContext.Current.CancellationToken);
        await using var window = await chromium.OpenAsync(world.Root, width, dark);
        await window.GoAsync("/console/sign-in");
        await CheckAsync(window, axe);
        await window.SignInAsync(world.TokenOf("owner"));
        await window.SaysAsync("Needs attention");
        foreach (var path in PageTests.Pages)
        {
            await window.GoAsync(path);
            await CheckAsync(window, axe);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Colours_stand_out(bool dark)
    {
        await using var window = await chromium.OpenAsync(world.Root, dark: dark);
        await window.GoAsync("/console/sign-in");
        Assert.Empty(await window.Page.EvaluateAsync<string[]>(Contrast));
    }

    [Fact]
    public async Task The_keyboard_reaches_everything_in_order_and_is_seen_there()
    {
        await using var window = await SignedInAsync();
        foreach (var path in PageTests.Pages)
        {
            await window.GoAsync(path);
            var expected = await window.Page.EvaluateAsync<int>(
                """
                () => {
                  const all = "a, button, input, select, textarea, summary, [tabindex='0']";
                  window.stops = [...document.querySelectorAll(all)]
                    .filter(each => each.type !== "hidden" && each.checkVisibility());
                  return window.stops.length;
                }
                """);
            for (var i = 0; i < expected; i++)
            {
                await window.Page.Keyboard.PressAsync("Tab");
                var fault = await window.Page.EvaluateAsync<string?>(
                    """
                    i => {
                      const here = document.activeElement;
                      const stop = window.stops[i];
                      if (here !== stop) return `stop ${i} is ${here.outerHTML}, not ${stop.outerHTML}`;
                      const style = getComputedStyle(here);
                      return style.outlineStyle === "none" ? `nothing shows the focus on ${here.outerHTML}` : null;
                    }
                    """,
                    i);
                Assert.True(fault is null, $"{path}: {fault}");
            }
        }
    }

    [Fact]
    public async Task A_refused_form_begins_at_what_is_wrong()
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync("nonsense");
        await Assertions.Expect(window.Page.Locator("#problem")).ToBeFocusedAsync();
        await Assertions.Expect(window.Page.GetByLabel("Your token")).ToHaveAccessibleDescriptionAsync(
            Begins("This is no token"));
        window.Forgive("401");

        await window.SignInAsync(world.TokenOf("operator"));
        await window.SaysAsync("Needs attention");
        await window.GoAsync("/console/new-run");
        await window.Page.GetByLabel("Rounds", new() { Exact = true }).FillAsync("none");
        await window.ClickAsync(AriaRole.Button, "Create the draft");
        await Assertions.Expect(window.Page.Locator("#draft-faults .note")).ToBeFocusedAsync();
        await window.ClickAsync(AriaRole.Link, "Rounds:");
        var rounds = window.Page.GetByLabel("Rounds", new() { Exact = true });
        await Assertions.Expect(rounds).ToBeFocusedAsync();
        await Assertions.Expect(rounds).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(rounds).ToHaveAccessibleDescriptionAsync(
            Begins(".*whole number"));
        window.Forgive("422");
    }

    [Fact]
    public async Task Printed_pages_are_dark_on_light_and_without_what_cannot_be_clicked()
    {
        await using var window = await chromium.OpenAsync(world.Root, dark: true);
        await window.SignInAsync(world.TokenOf("viewer"));
        await window.SaysAsync("Needs attention");
        await window.Page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        Assert.Equal(
            "rgb(28, 31, 35)", await window.Page.EvaluateAsync<string>("getComputedStyle(document.body).color"));
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Navigation)).ToBeHiddenAsync();
    }

    private static Regex Begins(string words) => new($"^{words}", RegexOptions.None, TimeSpan.FromSeconds(1));

    private static async Task CheckAsync(Window window, string axe)
    {
        await window.Page.EvaluateAsync(axe);
        var faults = await window.Page.EvaluateAsync<JsonElement>(
            """
            async () => (await axe.run(document, {
              runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            })).violations.map(each => `${each.id}: ${each.nodes.map(node => node.target.join(" ")).join(", ")}`)
            """);
        Assert.True(faults.GetArrayLength() == 0, $"{window.Page.Url}: {faults}");
    }

    private async Task<Window> SignedInAsync()
    {
        var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf("owner"));
        await window.SaysAsync("Needs attention");
        return window;
    }
}
