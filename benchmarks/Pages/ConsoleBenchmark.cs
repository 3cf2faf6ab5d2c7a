using System.Diagnostics;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Benchmarks.Service;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using Microsoft.Playwright;

namespace FedLowRank.Benchmarks.Pages;

/// <summary>
/// The console's pages in Chromium, on a server with a thousand connected agents and five hundred rounds of history:
/// when each page is ready, and how soon a change is seen in one that is open.
/// </summary>
internal sealed class ConsoleBenchmark : IDisposable
{
    private const int AtOnce = 32, Loads = 7, Changes = 10;

    /// <summary>Agents that join at once, and people who look on.</summary>
    private const int Together = ConsoleServer.Agents / Changes - 1, Others = 20;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private static readonly RoundId LongRound = new(ConsoleServer.Rounds + 1, 1);
    private static readonly RoundId WideRound = new(ConsoleServer.WideRounds + 1, 1);

    private static readonly PageCase Overview = new("overview", "/console", "attention", "runs-now", "fleet");
    private static readonly PageCase Run = new(
        "run", $"/console/runs/{ConsoleServer.Long}",
        "state", "round-now", "quality", "privacy", "cost", "layers", "rounds", "plan");

    private static readonly PageCase Roster = new(
        "round in progress, 1,000 agents", $"/console/runs/{ConsoleServer.Wide}/rounds/{WideRound}",
        "attempt", "roster", "hashes");

    private static readonly PageCase[] Pages =
    [
        Overview,
        new("runs", "/console/runs"),
        Run,
        new("all rounds", $"/console/runs/{ConsoleServer.Long}/rounds"),
        new("round, 400 agents", $"/console/runs/{ConsoleServer.Long}/rounds/{ConsoleServer.Rounds}.1", "roster"),
        Roster,
        new("agents", "/console/agents", "agents"),
        new("agent", $"/console/agents/{LoadServer.AgentOf(7)}"),
        new("audit", "/console/audit"),
        new("compare", $"/console/compare?a={ConsoleServer.Long}&b={ConsoleServer.Wide}"),
        new("new run", "/console/new-run"),
        new("new run like another", $"/console/new-run?from={ConsoleServer.Long}"),
        new("settings", "/console/settings"),
    ];

    private readonly Action<string> say;
    private readonly LoadServer server;
    private readonly ServerProcess process;
    private readonly LoadPeople people;

    private ConsoleBenchmark(LoadServer server, ServerProcess process, Action<string> say) =>
        (this.server, this.process, this.say, people) = (server, process, say, new(server, process));

    /// <summary>Measures.</summary>
    public static async Task<object> RunAsync(Action<string> say)
    {
        using var place = new Workplace();
        var made = await ConsoleServer.CreateAsync(place, say);
        var began = Stopwatch.GetTimestamp();
        using var serving = await ServerProcess.StartAsync(made.Folder);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        say(FormattableString.Invariant($"the server serves after {seconds:f1} s"));
        using var benchmark = new ConsoleBenchmark(made, serving, say);
        await using var fleet = new Fleet(made, serving, ConsoleServer.Agents);
        await fleet.EachAsync(AtOnce, ReportAsync);
        await fleet.OrderedAsync(ConsoleServer.Wide, OrderKind.Invitation, WideRound);
        using var profile = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(made.Folder, "owner.json")));
        await using var browser = await Browser.StartAsync(
            new($"https://{serving.Admin}"), profile.RootElement.GetProperty("token").GetString()!);
        return await benchmark.MeasureAsync(browser, fleet);
    }

    /// <inheritdoc/>
    public void Dispose() => people.Dispose();

    // Spent budgets from none to all, so that no two are alike.
    private static Task ReportAsync(LoadClient client, int agent) => client.SendAsync(
        HttpMethod.Put, Routes.Agent.Facts, LoadClient.Json(
            new AgentFacts("1.0.0", "cpu (8 cores)", 8.0 * agent / ConsoleServer.Agents, 8, 1e-5),
            WireJson.Default.AgentFacts));

    private async Task<object> MeasureAsync(Browser browser, Fleet fleet)
    {
        var memory = await process.CollectAsync() / 1024;
        var first = await SettleAsync(browser);
        say(PageTable.PagesHead);
        var rows = new List<PageRow>();
        foreach (var (wanted, load) in Pages.Zip(first))
        {
            rows.Add(await MeasureAsync(browser, wanted, load.ReadyMs));
            say(PageTable.Line(rows[^1]));
        }

        var updates = await UpdatesAsync(browser, fleet);
        say($"the server keeps {memory:f0} MiB of managed objects, {process.Memory.ResidentKib / 1024:f0} MiB resident "
            + $"in the end [load {ProcessFigures.Load}]");
        return new
        {
            ready_ms_max = rows.Max(row => Math.Max(row.ColdMs, row.WarmMsMax)),
            update_ms_max = updates.Max(update => update.MaxMs),
            server_managed_mib = memory,
            pages = rows,
            updates,
        };
    }

    /// <summary>
    /// Has the server compile its code, and measure the checkpoints whose figures the run's page shows.
    /// </summary>
    /// <returns>The very first opening of each page.</returns>
    private static async Task<List<PageLoad>> SettleAsync(Browser browser)
    {
        var page = await browser.OpenAsync();
        var first = new List<PageLoad>();
        foreach (var wanted in Pages) first.Add(await browser.LoadAsync(page, wanted));
        await browser.LoadAsync(page, Run);
        await page.Locator("#layers p[role=status]").WaitForAsync(
            new() { State = WaitForSelectorState.Detached, Timeout = 120_000 });
        await page.Context.DisposeAsync();
        await Task.Delay(Rest);
        return first;
    }

    private async Task<PageRow> MeasureAsync(Browser browser, PageCase wanted, double firstMs)
    {
        var page = await browser.OpenAsync();
        var cold = await browser.LoadAsync(page, wanted);
        var loads = new List<PageLoad>();
        var busy = process.Memory.ProcessorSeconds;
        for (var i = 0; i < Loads; i++) loads.Add(await browser.LoadAsync(page, wanted));
        busy = process.Memory.ProcessorSeconds - busy;
        await page.Context.DisposeAsync();
        var ready = loads.Select(load => load.ReadyMs).ToList();
        return new(
            wanted.Name, firstMs, cold.ReadyMs, Median(ready), ready.Max(),
            Median(loads.Select(load => load.FirstByteMs)), cold.PageBytes, 1000 * busy / Loads);
    }

    private async Task<IReadOnlyList<UpdateRow>> UpdatesAsync(Browser browser, Fleet fleet)
    {
        var rows = new List<UpdateRow>
        {
            await PausesAsync(browser, Overview, "runs-now"),
            await PausesAsync(browser, Run, "state"),
            await JoinsAsync(browser, fleet, before: 0, others: 0),
            await JoinsAsync(browser, fleet, before: Changes / 2 * Together, Others),
        };
        say(string.Join(Environment.NewLine, rows.Select(PageTable.Line).Prepend(PageTable.UpdatesHead)));
        return rows;
    }

    /// <summary>The long run is paused and resumed, while a page that tells of it is open.</summary>
    private async Task<UpdateRow> PausesAsync(Browser browser, PageCase watched, string part)
    {
        var page = await browser.OpenAsync();
        await browser.LoadAsync(page, watched);
        var seen = new List<double>();
        for (var i = 0; i < Changes; i++)
        {
            await Task.Delay(RestOf(i));
            RunCommand command = i % 2 == 0 ? new RunCommand.Pause(PauseMode.HoldRound) : new RunCommand.Resume();
            seen.Add(await Browser.UpdateAsync(
                page, part, i % 2 == 0 ? "Paused" : $"Round {LongRound}",
                () => CommandAsync($"{watched.Name}-{i}", command)));
        }

        await page.Context.DisposeAsync();
        return new($"{watched.Name}: a run is paused or resumed", Median(seen), seen.Max());
    }

    /// <summary>Agents join the round of all agents, many at once; the page is to count the last of them.</summary>
    /// <param name="browser">Has the page open.</param>
    /// <param name="fleet">The agents.</param>
    /// <param name="before">How many have joined.</param>
    /// <param name="others">How many others have the page open.</param>
    private async Task<UpdateRow> JoinsAsync(Browser browser, Fleet fleet, int before, int others)
    {
        await using var audience = new Audience(
            server, new(browser.Root, $"{Roster.Path}/live"), browser.Cookie, others);
        var page = await browser.OpenAsync();
        await browser.LoadAsync(page, Roster);
        var seen = new List<double>();
        var (began, busy) = (Stopwatch.GetTimestamp(), process.Memory.ProcessorSeconds);
        for (var i = 0; i < Changes / 2; i++)
        {
            await Task.Delay(RestOf(i));
            var first = before + i * Together;
            seen.Add(await Browser.UpdateAsync(
                page, "roster", $"{first + Together} joined", () => JoinAsync(fleet, first)));
        }

        busy = (process.Memory.ProcessorSeconds - busy) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await page.Context.DisposeAsync();
        say(FormattableString.Invariant($"watched by {others + 1}: {audience.Bytes / 1e6:f0} MB to the others, ")
            + FormattableString.Invariant($"{100 * busy:f0} % of a processor"));
        return new(
            FormattableString.Invariant($"{Roster.Name}, watched by {others + 1}: {Together} agents join at once"),
            Median(seen), seen.Max());
    }

    /// <returns>When it was asked: the server's time until it is durable counts.</returns>
    private async Task<DateTimeOffset> CommandAsync(string id, RunCommand command)
    {
        var asked = TimeProvider.System.GetUtcNow();
        await people.CommandAsync(ConsoleServer.Long, id, command);
        return asked;
    }

    /// <returns>When the last was answered.</returns>
    private static async Task<DateTimeOffset> JoinAsync(Fleet fleet, int first)
    {
        await fleet.EachAsync(
            first, Together, AtOnce, (client, _) => client.JoinAsync(ConsoleServer.Wide, WideRound));
        return TimeProvider.System.GetUtcNow();
    }

    // No two alike: a change must not always fall at the same time between two looks of a page.
    private static TimeSpan RestOf(int change) => TimeSpan.FromMilliseconds(1000 + 137 * change);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
