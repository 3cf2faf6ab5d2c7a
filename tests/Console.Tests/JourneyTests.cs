using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ConsoleTests.World;
using FedLowRank.Faults.Tests.Worlds;
using FedLowRank.Tests;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests;

/// <summary>
/// Goal: a run's owner goes from an empty browser to a trained adapter by clicks alone. Method: agents are invited on
/// the page and enrol with the words that it shows, a private run is made with the form, and its page is watched to the
/// end without being loaded anew; then its files are compared with what the interface for programs says.
/// </summary>
[Collection(Shared.Name)]
public sealed class JourneyTests(ConsoleWorld world, Chromium chromium) : IAsyncLifetime
{
    private static readonly RunId Run = new("journey");
    private readonly List<Site> sites = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task From_sign_in_to_a_finished_private_run()
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf("owner"));
        await window.ClickAsync(AriaRole.Link, "Agents");
        await InviteAsync(window, "clinic", "training on its owner's data", "Debian Games Team");
        await InviteAsync(window, "bank", "training on its owner's data", "Debian Perl Group");
        await InviteAsync(window, "referee", "evaluating checkpoints on public data", client: null);

        await window.ClickAsync(AriaRole.Link, "Runs");
        await window.ClickAsync(AriaRole.Link, "New run");
        await FillAsync(window);
        await Assertions.Expect(window.Page.Locator("#draft-forecast")).ToContainTextAsync("The form is complete");
        await Assertions.Expect(window.Page.Locator("#draft-forecast")).ToContainTextAsync("Noise multiplier");
        using (var saved = JsonDocument.Parse(await DownloadAsync(
            window, window.Page.GetByRole(AriaRole.Button, new() { Name = "Save as file" }))))
            Assert.Equal(2, saved.RootElement.GetProperty("rounds").GetInt32());
        await window.ClickAsync(AriaRole.Button, "Create the draft");
        await Assertions.Expect(window.Page.Locator("#state")).ToContainTextAsync("Draft");
        await window.ClickAsync(AriaRole.Link, "Start");
        await window.SaysAsync("Agents spend privacy budget from then on");
        await window.ClickAsync(AriaRole.Button, "Start");

        await WatchAsync(window);
        await CompareFilesAsync(window);
        await RevokeAsync(window, sites[1]);
    }

    /// <summary>The page tells all by itself; it would forget the word if it were loaded anew.</summary>
    private static async Task WatchAsync(Window window)
    {
        await Assertions.Expect(window.Page.Locator("h1")).ToHaveTextAsync(Run.Value);
        await window.Page.EvaluateAsync("window.notLoadedAnew = true");
        await Assertions.Expect(window.Page.Locator("#state")).ToContainTextAsync(
            "Completed", new() { Timeout = 120_000 });
        await Assertions.Expect(window.Page.Locator("#rounds tbody tr")).ToHaveCountAsync(2);
        await Assertions.Expect(window.Page.Locator("#rounds")).ToContainTextAsync("2 of 2");
        await Assertions.Expect(window.Page.Locator("#quality .chart").First).ToContainTextAsync("accuracy");
        await Assertions.Expect(window.Page.Locator("#privacy svg").First).ToContainTextAsync("clinic");
        await Assertions.Expect(window.Page.Locator("#layers svg").First).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Assertions.Expect(window.Page.Locator("#news")).ToHaveTextAsync("2 of 2 rounds done. Completed.");
        Assert.True(await window.Page.EvaluateAsync<bool>("window.notLoadedAnew"));
    }

    private async Task CompareFilesAsync(Window window)
    {
        var shown = (await world.World.SayAsync("runs", "show", Run.Value)).GetProperty("value");
        using var state = JsonDocument.Parse(await DownloadAsync(
            window, window.Page.GetByRole(AriaRole.Link, new() { Name = "The run's whole state, JSON" })));
        Assert.True(JsonElement.DeepEquals(shown, state.RootElement.GetProperty("value")));
        using var rounds = JsonDocument.Parse(await DownloadAsync(window, Named(window, "Download rounds as JSON")));
        var rows = Csv(await DownloadAsync(window, Named(window, "Download rounds as CSV")));
        var reports = shown.GetProperty("history").EnumerateArray().ToList();
        Assert.Equal((2, 2), (reports.Count, rows.Count));
        foreach (var (report, row, json) in reports.Zip(rows, rounds.RootElement.EnumerateArray()))
        {
            var number = report.GetProperty("id").GetProperty("number").GetInt32();
            var bytes = report.GetProperty("agents").EnumerateArray().Select(entry => entry.GetProperty("standing"))
                .Sum(standing => standing.TryGetProperty("bytes", out var size) ? size.GetInt64() : 0);
            var loss = report.GetProperty("result").GetProperty("evaluation").GetProperty("metrics").EnumerateArray()
                .Single(metric => metric.GetProperty("name").GetString() == "loss").GetProperty("value").GetDouble();
            Assert.Equal((number, bytes, loss), (
                json.GetProperty("round").GetInt32(), json.GetProperty("received_bytes").GetInt64(),
                json.GetProperty("metric_loss").GetDouble()));
            Assert.Equal(($"{number}", $"{bytes}"), (row["round"], row["received_bytes"]));
            Assert.Equal(loss, double.Parse(row["metric_loss"], System.Globalization.CultureInfo.InvariantCulture));
        }

        foreach (var what in (string[])["privacy spent", "layers"])
        {
            using var json = JsonDocument.Parse(await DownloadAsync(window, Named(window, $"Download {what} as JSON")));
            var csv = Csv(await DownloadAsync(window, Named(window, $"Download {what} as CSV")));
            Assert.NotEmpty(csv);
            Assert.Equal(json.RootElement.GetArrayLength(), csv.Count);
        }
    }

    private static async Task RevokeAsync(Window window, Site site)
    {
        await window.ClickAsync(AriaRole.Link, "Agents");
        await window.ClickAsync(AriaRole.Link, site.Agent.Value);
        await window.ClickAsync(AriaRole.Link, "Revoke");
        await window.Page.GetByLabel("Why").FillAsync("has left");
        await window.ClickAsync(AriaRole.Button, "Revoke");
        await window.SaysAsync("has left");
        Assert.NotEqual(0, await site.Process.EndAsync());
        site.Launch();
        Assert.NotEqual(0, await site.Process.EndAsync());
        Assert.Contains("revoked", site.Process.Output, StringComparison.Ordinal);
        await window.ClickAsync(AriaRole.Link, "All agents");
        await Assertions.Expect(RowOf(window, site.Agent.Value)).ToContainTextAsync("revoked");
    }

    private async Task InviteAsync(Window window, string name, string role, string? client)
    {
        await window.Page.GetByLabel("Name").FillAsync(name);
        await window.Page.GetByLabel("What it is for").SelectOptionAsync(new SelectOptionValue { Label = role });
        await window.ClickAsync(AriaRole.Button, "Invite");
        await window.SaysAsync($"Invite for {name}");
        var word = (await window.Page.Locator("pre").InnerTextAsync()).Split(' ')[^1];
        var site = new Site(name, Path.Combine(world.World.Folder, name));
        sites.Add(site);
        await SiteWorld.EnrolAsync(site, word, client ?? "", Run);
        if (client is null) await File.WriteAllTextAsync(site.Folder.Policy, EvaluatorPolicy());
        await site.StartAsync();
        await Assertions.Expect(RowOf(window, name)).ToContainTextAsync("connected");
    }

    private async Task FillAsync(Window window)
    {
        var page = window.Page;
        var sample = (await world.World.StateAsync()).Plan.Round;
        await page.GetByLabel("Name of the run").FillAsync(Run.Value);
        await page.GetByLabel("Or take it from the file").SetInputFilesAsync(
            RepositoryFiles.Path("samples", "base", "config.json"));
        await page.GetByLabel("Hash of its folder").FillAsync(sample.BaseModel.ToString());
        await page.GetByLabel("All labels, one a line").FillAsync(string.Join('\n', sample.Task.Labels));
        await page.GetByLabel("Longest example (tokens)").FillAsync("24");
        await page.GetByLabel("Rounds", new() { Exact = true }).FillAsync("2");
        await page.GetByLabel("Steps in a round").FillAsync("2");
        await page.GetByLabel("Sampling rate").FillAsync("0.05");
        await page.GetByLabel("Target epsilon").FillAsync("8");
        await page.GetByLabel("Cohort (updates)").FillAsync("2");
        await page.GetByText("More about agents and waits").ClickAsync();
        await page.GetByLabel("Agents that no round goes without, one a line").FillAsync("clinic\nbank");
    }

    private static string EvaluatorPolicy() => JsonSerializer.Serialize(new
    {
        runs = new[] { Run.Value },
        baseModelFolder = RepositoryFiles.Path("samples", "base"),
        evaluation = new
        {
            path = RepositoryFiles.Path("samples", "debian-topics", "debian_topics.tsv.gz"),
            idColumn = "id",
            splitColumn = "split",
            split = "test",
        },
    });

    private static ILocator RowOf(Window window, string agent) =>
        window.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = agent });

    private static ILocator Named(Window window, string link) =>
        window.Page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true });

    private static async Task<string> DownloadAsync(Window window, ILocator link)
    {
        var download = await window.Page.RunAndWaitForDownloadAsync(() => link.ClickAsync());
        return await File.ReadAllTextAsync(await download.PathAsync());
    }

    /// <summary>Rows by the names of their columns; no cell of these files has quotes.</summary>
    private static List<Dictionary<string, string>> Csv(string text)
    {
        Assert.DoesNotContain('"', text);
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToList();
        return [.. lines.Skip(1).Select(cells => lines[0].Zip(cells).ToDictionary())];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var site in sites) await site.DisposeAsync();
    }
}
