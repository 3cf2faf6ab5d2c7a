using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Parts;
using FedLowRank.Gateway.Console.Spectra;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.Extensions.DependencyInjection;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Goal: pages of runs and rounds say what there is, what there is not yet, and what is wrong.</summary>
public class RunPageTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_page_of_a_run_shows_its_charts_and_leads_to_its_files()
    {
        await using var rig = await GatewayRig.StartAsync();
        var page = await RunPageAsync(rig, SampleRun.Completed(rounds: 6, agents: 3));
        Assert.Contains("Each agent&#x27;s own word", page, StringComparison.Ordinal);
        Assert.Contains("A lower bound that the server works out itself", page, StringComparison.Ordinal);
        Assert.Contains("loss, round 4: 0.25", page, StringComparison.Ordinal);
        string[] files = ["rounds.csv", "rounds.json", "privacy.csv", "layers.json", "state.json", "plan.json"];
        foreach (var file in files)
            Assert.Contains($"href=\"/console/runs/spam/{file}\"", page, StringComparison.Ordinal);
        Assert.Equal(6, Rendered.Drawings(page).Count);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
        AssertIdsAreUnique(page);
    }

    [Fact]
    public async Task A_page_of_a_draft_says_what_is_not_there_yet()
    {
        await using var rig = await GatewayRig.StartAsync();
        var page = await RunPageAsync(rig, SampleRun.Draft());
        Assert.Contains("No round has ended yet.", page, StringComparison.Ordinal);
        Assert.Contains("No evaluator has measured a round yet.", page, StringComparison.Ordinal);
        Assert.Contains("No agent has spent anything in this run yet.", page, StringComparison.Ordinal);
        Assert.Contains("0 of 1 checkpoint are measured so far.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_metric_with_an_evil_name_is_text()
    {
        await using var rig = await GatewayRig.StartAsync();
        var round = SampleRun.Round(1, []) with
        {
            Result = new RoundResult.Completed(SampleRun.Hash(2), new Evaluation.Measured(
                new("judge"), [new Metric("<script>alert('x')</script>\"", 1)])),
        };
        var page = await RunPageAsync(rig, SampleRun.Draft() with { History = [round] });
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_has_the_history_is_told_of_the_state_alone_until_a_round_ends()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CollectAsync("berlin", "paris");
        var views = rig.Server.Services.GetRequiredService<RunViews>();
        using var timeout = new CancellationTokenSource(Patience);
        var page = await MeasuredAsync(rig, timeout.Token);
        Assert.NotNull(page.History);
        await using var told = views.WatchAsync(GatewayRig.Run, page.Mark, timeout.Token)
            .GetAsyncEnumerator(timeout.Token);
        await rig.Federation.Runs.ApplyAsync(GatewayRig.Run, new RunEvent.AgentProgressed(
            rig.Time.GetUtcNow(), new("paris"), GatewayRig.Round, 5));
        Assert.True(await told.MoveNextAsync());
        while (told.Current.Run.Round!.Entry(new("paris"))!.Standing is not Standing.Joined { Tenths: 5 })
            Assert.True(await told.MoveNextAsync());
        Assert.Null(told.Current.History);
        var parts = await rig.PageAsync<RunParts>((nameof(RunParts.View), told.Current));
        Assert.Contains("50 % of its steps", parts, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"rounds\"", parts, StringComparison.Ordinal);

        await rig.Federation.Runs.ApplyAsync(GatewayRig.Run, new RunEvent.Asked(
            rig.Time.GetUtcNow(), new("stop"), "test", new RunCommand.Cancel()));
        while (told.Current.History is null) Assert.True(await told.MoveNextAsync());
        Assert.Single(told.Current.History.Rounds);
    }

    [Fact]
    public async Task A_page_is_told_of_layers_as_they_are_measured_though_the_run_stands_still()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CollectAsync("berlin", "paris");
        var views = rig.Server.Services.GetRequiredService<RunViews>();
        using var timeout = new CancellationTokenSource(Patience);
        await using var told = views.WatchAsync(GatewayRig.Run, told: null, timeout.Token)
            .GetAsyncEnumerator(timeout.Token);
        Assert.True(await told.MoveNextAsync());
        Assert.NotNull(told.Current.History);
        while (told.Current.Spectra is not { Done: 1 }) Assert.True(await told.MoveNextAsync());
        Assert.True(told.Current.CheckpointBytes > 0);
        Assert.Equal("layer.0", told.Current.Spectra.Rounds[0].Figures.Layers[0].Module);
        var mark = told.Current.Mark;
        var earlier = mark[..(mark.LastIndexOf('.') + 1)] + "0";
        var run = rig.Federation.Runs.StateOf(GatewayRig.Run)!;
        Assert.Null((await views.OfAsync(run, earlier, timeout.Token)).History);
        Assert.NotNull((await views.OfAsync(run, earlier, timeout.Token)).Spectra);
        Assert.Null((await views.OfAsync(run, mark, timeout.Token)).Spectra);
    }

    [Fact]
    public async Task A_round_in_progress_has_a_page()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CollectAsync("berlin", "paris");
        var attempt = AttemptView.Find(rig.Federation.Runs.StateOf(GatewayRig.Run)!, GatewayRig.Round)!;
        var page = await rig.PageAsync<RoundPage>((nameof(RoundPage.Attempt), attempt));
        Assert.Contains("In progress", page, StringComparison.Ordinal);
        Assert.Contains("aria-current=\"step\"", page, StringComparison.Ordinal);
        Assert.Contains("data-live=\"/console/runs/spam/rounds/1.1/live\"", page, StringComparison.Ordinal);
        Assert.Contains("No update was kept out.", page, StringComparison.Ordinal);
        Assert.Contains(rig.Manifest.ToString(), page, StringComparison.Ordinal);
        AssertIdsAreUnique(page);
        Assert.Null(AttemptView.Find(rig.Federation.Runs.StateOf(GatewayRig.Run)!, new(2, 1)));
    }

    [Fact]
    public async Task A_round_shows_why_an_update_was_kept_out()
    {
        await using var rig = await GatewayRig.StartAsync();
        var run = SampleRun.Draft() with
        {
            History =
            [
                SampleRun.Round(1,
                [
                    SampleRun.Entry("berlin", SampleRun.Delivered(1, 1)),
                    SampleRun.Entry("oslo", new Standing.Quarantined(
                        SampleRun.Hash(77), ScreeningVerdict.OutOfBound, Norm: 12.5)),
                    SampleRun.Entry("paris", new Standing.Quarantined(
                        SampleRun.Hash(78), ScreeningVerdict.NotFinite, Norm: null)),
                ]),
            ],
        };
        var page = await rig.PageAsync<RoundPage>((nameof(RoundPage.Attempt), AttemptView.Find(run, new(1, 1))));
        Assert.Contains("a value or the norm exceeds its bound", page, StringComparison.Ordinal);
        Assert.Contains("12.5", page, StringComparison.Ordinal);
        Assert.Contains(SampleRun.Hash(77).ToString(), page, StringComparison.Ordinal);
        Assert.Contains("a value is not a finite number", page, StringComparison.Ordinal);
        Assert.Contains("not measured", page, StringComparison.Ordinal);
        Assert.Contains(SampleRun.Delivered(1, 1).Update.ToString(), page, StringComparison.Ordinal);
        Assert.Contains("Agents train: 1 min 0 s", page, StringComparison.Ordinal);
        Assert.Contains("By judge", page, StringComparison.Ordinal);
        AssertIdsAreUnique(page);
    }

    [Fact]
    public async Task Two_runs_are_shown_side_by_side()
    {
        await using var rig = await GatewayRig.StartAsync();
        var (a, b) = (SampleRun.Completed(3, 1, "first"), SampleRun.Completed(5, 1, "second"));
        b = b with { Plan = b.Plan with { Rounds = 7 } };
        var page = await rig.PageAsync<ComparePage>(
            (nameof(ComparePage.Names), new List<RunId> { a.Id, b.Id }),
            (nameof(ComparePage.A), RunHistory.Of(a)), (nameof(ComparePage.B), RunHistory.Of(b)));
        Assert.Contains("3 of 1000", page, StringComparison.Ordinal);
        Assert.Contains("5 of 7", page, StringComparison.Ordinal);
        Assert.Contains(">rounds</th>", page, StringComparison.Ordinal);
        Assert.Contains("second, round 5: 0.2", page, StringComparison.Ordinal);
        Assert.Equal(4, Rendered.Drawings(page).Count);
        AssertIdsAreUnique(page);
    }

    [Fact]
    public async Task Five_hundred_rounds_of_a_thousand_agents_are_a_page()
    {
        await using var rig = await GatewayRig.StartAsync();
        var run = SampleRun.Completed(rounds: 500, agents: 1000);
        for (var again = 0; again < 3; again++)
        {
            var clock = Stopwatch.StartNew();
            var page = await RunPageAsync(rig, run);
            output.WriteLine($"{clock.ElapsedMilliseconds} ms, {page.Length / 1000} kB");
            Assert.Contains("loss: 1 at round 1, 0.002 at round 500.", page, StringComparison.Ordinal);
            Assert.Contains("Drawn are 30 of 1,000 agents", page, StringComparison.Ordinal);
        }
    }

    /// <summary>What a page is told once all checkpoints are measured.</summary>
    private static async Task<RunView> MeasuredAsync(GatewayRig rig, CancellationToken cancellationToken)
    {
        var views = rig.Server.Services.GetRequiredService<RunViews>();
        while (true)
        {
            var changed = rig.Server.Services.GetRequiredService<SpectrumBook>().Changed;
            var view = await views.OfAsync(
                rig.Federation.Runs.StateOf(GatewayRig.Run)!, told: null, cancellationToken);
            if (view.Spectra!.Done == view.Spectra.Wanted) return view;
            await changed.WaitAsync(cancellationToken);
        }
    }

    private static async Task<string> RunPageAsync(GatewayRig rig, RunState run)
    {
        var views = rig.Server.Services.GetRequiredService<RunViews>();
        var view = await views.OfAsync(run, told: null, CancellationToken.None);
        return await rig.PageAsync<RunPage>((nameof(RunPage.View), view));
    }

    private static void AssertIdsAreUnique(string page)
    {
        var ids = page.Split(" id=\"").Skip(1).Select(rest => rest[..rest.IndexOf('"', StringComparison.Ordinal)]);
        Assert.Empty(ids.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key));
    }
}
