using System.Text.Json;
using Microsoft.Playwright;

namespace FedLowRank.Benchmarks.Pages;

/// <summary>Chromium without a screen, signed in to the console as its owner.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    // Ready is the moment at which the loaded page has been drawn, too.
    private const string MarkReady =
        """
        addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(() => {
          window.readyMs = performance.now();
        })));
        """;

    private const string Figures =
        """
        async () => {
          while (!window.readyMs) await new Promise(done => setTimeout(done, 5));
          const [page] = performance.getEntriesByType("navigation");
          return {
            firstByte: page.responseStart, ready: window.readyMs, bytes: page.decodedBodySize,
            rest: performance.getEntriesByType("resource").reduce((sum, one) => sum + one.transferSize, 0),
            parts: [...document.querySelectorAll("main section[id]")].map(part => part.id),
          };
        }
        """;

    private const string Expect =
        """
        ([part, words]) => {
          window.shownAt = new Promise((done, failed) => {
            setTimeout(() => failed(new Error(`'${words}' is not shown in '${part}'`)), 30000);
            const look = () => {
              if (!document.getElementById(part)?.textContent.includes(words)) return;
              observer.disconnect();
              done(performance.timeOrigin + performance.now());
            };
            const observer = new MutationObserver(look);
            observer.observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
          });
          return null;
        }
        """;

    private readonly IPlaywright playwright;
    private readonly IBrowser chromium;
    private readonly string session;

    private Browser(IPlaywright playwright, IBrowser chromium, Uri root, string session, string cookie) =>
        (this.playwright, this.chromium, Root, this.session, Cookie) = (playwright, chromium, root, session, cookie);

    /// <summary>The server's admin listener.</summary>
    public Uri Root { get; }

    /// <summary>The session, as a request's header has it.</summary>
    public string Cookie { get; }

    /// <summary>Starts it and signs in.</summary>
    /// <param name="root">The server's admin listener.</param>
    /// <param name="token">Of the person.</param>
    public static async Task<Browser> StartAsync(Uri root, string token)
    {
        var program = Places.FirstOrDefault(File.Exists) ??
            throw new InvalidOperationException("no chromium under /usr/bin; install Debian's package chromium");
        var started = await Playwright.CreateAsync();

        // Its own sandbox needs rights that a container does not give; the pages are ours.
        var launched = await started.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox"] });
        await using var context = await launched.NewContextAsync(new() { IgnoreHTTPSErrors = true });
        var page = await context.NewPageAsync();
        await page.GotoAsync(root.AbsoluteUri);
        await page.GetByLabel("Your token").FillAsync(token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
        var cookie = (await context.CookiesAsync()).Single();
        return new(
            started, launched, root, await context.StorageStateAsync(), $"{cookie.Name}={cookie.Value}");
    }

    /// <summary>A window with the session and an empty cache.</summary>
    public async Task<IPage> OpenAsync()
    {
        var context = await chromium.NewContextAsync(new()
        {
            IgnoreHTTPSErrors = true,
            StorageState = session,
            ViewportSize = new() { Width = 1280, Height = 900 },
        });
        await context.AddInitScriptAsync(MarkReady);
        return await context.NewPageAsync();
    }

    /// <summary>Opens a page.</summary>
    /// <exception cref="InvalidOperationException">It lacks a part.</exception>
    public async Task<PageLoad> LoadAsync(IPage page, PageCase wanted)
    {
        var answer = await page.GotoAsync(new Uri(Root, wanted.Path).AbsoluteUri);
        if (answer is not { Status: 200 })
            throw new InvalidOperationException($"{wanted.Path} answers {answer?.Status}");
        var seen = await page.EvaluateAsync<JsonElement>(Figures);
        var parts = seen.GetProperty("parts").EnumerateArray().Select(part => part.GetString()).ToHashSet();
        return wanted.Parts.FirstOrDefault(part => !parts.Contains(part)) is { } missing
            ? throw new InvalidOperationException($"{wanted.Path} has no part '{missing}'")
            : new(Number("firstByte"), Number("ready"), Number("bytes"), Number("rest"));

        double Number(string name) => seen.GetProperty(name).GetDouble();
    }

    /// <summary>How long after a change its words stand in a part of a page that is open.</summary>
    /// <param name="page">The page.</param>
    /// <param name="part">Id of the part.</param>
    /// <param name="words">What will stand there.</param>
    /// <param name="change">Makes the change; returns since when to count.</param>
    /// <returns>Milliseconds.</returns>
    public static async Task<double> UpdateAsync(
        IPage page, string part, string words, Func<Task<DateTimeOffset>> change)
    {
        await page.EvaluateAsync(Expect, new[] { part, words });
        var since = await change();
        var shown = await page.EvaluateAsync<double>("() => window.shownAt");
        return shown - (since - DateTimeOffset.UnixEpoch).TotalMilliseconds;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await chromium.DisposeAsync();
        playwright.Dispose();
    }
}
