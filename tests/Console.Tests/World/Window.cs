using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests.World;

/// <summary>A browser window. When it closes, nothing may have gone wrong in it that no test looked at.</summary>
internal sealed class Window : IAsyncDisposable
{
    private readonly Uri root;
    private readonly IBrowserContext context;
    private readonly ConcurrentQueue<string> complaints = [];

    public Window(Uri root, IBrowserContext context, IPage page)
    {
        (this.root, this.context, Page) = (root, context, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                complaints.Enqueue($"{message.Type}: {message.Text} {message.Location}");
        };
        page.PageError += (_, error) => complaints.Enqueue($"script: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(root.AbsoluteUri, StringComparison.Ordinal))
                complaints.Enqueue($"a request left the server: {request.Url}");
        };
    }

    public IPage Page { get; }

    public IBrowserContext Context => context;

    /// <summary>Opens an address of the console.</summary>
    public async Task<IResponse> GoAsync(string path) => (await Page.GotoAsync(new Uri(root, path).AbsoluteUri))!;

    /// <summary>Signs in as a person does.</summary>
    public async Task SignInAsync(string token)
    {
        await GoAsync("/");
        await Page.GetByLabel("Your token").FillAsync(token);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>Follows a link, or presses a button, by its words.</summary>
    public Task ClickAsync(AriaRole role, string name) =>
        Page.GetByRole(role, new() { Name = name, Exact = true }).ClickAsync();

    /// <summary>Waits until the page says something.</summary>
    public Task SaysAsync(string text) =>
        Assertions.Expect(Page.Locator("main")).ToContainTextAsync(text, new() { Timeout = 60_000 });

    /// <summary>What browsers may complain of here: a refused page is an error to them.</summary>
    public void Forgive(string part)
    {
        var kept = complaints.Where(complaint => !complaint.Contains(part, StringComparison.Ordinal)).ToList();
        complaints.Clear();
        foreach (var complaint in kept) complaints.Enqueue(complaint);
    }

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.True(complaints.IsEmpty, string.Join("\n", complaints));
    }
}
