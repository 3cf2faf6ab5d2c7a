using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests.World;

/// <summary>The browser, started once.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Places =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        if (Places.FirstOrDefault(File.Exists) is not { } program) return;
        playwright = await Playwright.CreateAsync();

        // Its own sandbox needs rights that a container does not give; the pages are ours.
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox"] });
    }

    /// <summary>A browser window of its own, without cookies.</summary>
    internal async Task<Window> OpenAsync(Uri root, int width = 1280, bool dark = false)
    {
        Assert.SkipWhen(browser is null, "no chromium under /usr/bin; install Debian's package chromium");
        var context = await browser!.NewContextAsync(new()
        {
            BaseURL = root.AbsoluteUri,
            IgnoreHTTPSErrors = true,
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        });
        return new Window(root, context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}
