using System.Net;
using System.Net.Http.Headers;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>
/// Goal: nothing that an evaluator measures and nothing that a browser sends takes a page away from those who read it.
/// Method: the worst that the rules let in, shown and sent.
/// </summary>
public sealed class HostileInputTests
{
    [Theory]
    [InlineData("12345678901234567\U0001F600 and more", 0.5)]
    [InlineData("a\u0001b", 0.5)]
    [InlineData("<script>", 1.7e308)]
    [InlineData("loss", -1.7e308)]
    public async Task Whatever_an_evaluator_measures_can_be_shown(string name, double value)
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Viewer);
        rig.Federation.Runs.Put(Evaluated(
            SampleRun.Completed(3, 2), round => [new(name, round % 2 == 0 ? value : -value)]));
        var page = await browser.OpenAsync(ConsoleRoutes.Run(new("spam")));
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        await browser.OpenAsync($"{ConsoleRoutes.Compare}?a=spam&b=spam");
    }

    [Fact]
    public async Task Names_that_change_with_each_round_do_not_make_a_page_grow_without_bound()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Viewer);
        rig.Federation.Runs.Put(Evaluated(
            SampleRun.Completed(40, 2),
            round => [.. Enumerable.Range(0, 64).Select(i => new Metric($"figure {round} {i}", 1)), new("loss", 1)]));
        var page = await browser.OpenAsync(ConsoleRoutes.Run(new("spam")));
        Assert.InRange(page.Length, 1, 500_000);
        Assert.Contains(">loss</th>", page, StringComparison.Ordinal);
        Assert.Contains("2,545 figures more", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_that_is_sent_twice_is_made_once()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        rig.Federation.Runs.Put(SampleRun.Completed(3, 2));
        var command = ConsoleRoutes.Command(new("spam"), "fork");
        await browser.OpenAsync(command);
        var seeds = new List<ulong>();
        foreach (var id in (string[])["abc", "abc", "abd"])
        {
            using var answer = await browser.SendAsync(
                command, new() { ["command-id"] = id, ["round"] = "2", ["name"] = $"child-{id}" });
            seeds.Add(rig.Federation.Runs.StateOf(new("spam"))!.Forks[^1].Seed);
        }

        Assert.Equal(seeds[0], seeds[1]);
        Assert.NotEqual(seeds[0], seeds[2]);
        Assert.Equal(2, rig.Federation.Runs.StateOf(new("spam"))!.Forks.Count);
    }

    [Fact]
    public async Task A_command_without_its_number_is_a_bad_request()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        rig.Federation.Runs.Put(SampleRun.Completed(3, 2));
        var command = ConsoleRoutes.Command(new("spam"), "cancel");
        await browser.OpenAsync(command);
        using var answer = await browser.SendAsync(command, new() { ["command-id"] = "" });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task What_is_no_form_is_a_bad_request()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var anybody = rig.Anybody();
        var keys = string.Join('&', Enumerable.Range(0, 1100).Select(i => $"k{i}=1"));
        using var many = new StringContent(keys, null, "application/x-www-form-urlencoded");
        using var noBoundary = new StringContent("x");
        noBoundary.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data");
        foreach (var content in (HttpContent[])[many, noBoundary])
        {
            using var answer = await anybody.PostAsync(ConsoleRoutes.SignIn, content);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        Assert.DoesNotContain(rig.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/console/\u0001")]
    [InlineData("/console/ü")]
    [InlineData("/console/a b")]
    public async Task Signing_in_leads_to_no_address_that_cannot_be_written(string to)
    {
        await using var rig = await GatewayRig.StartAsync();
        var token = GatewayRig.Accepted(await rig.Federation.Users.CreateAsync(
            new("vera"), AdminRole.Viewer, TimeSpan.FromDays(1), "test"));
        using var answer = await SignInAsync(rig, AdminTokenText.Write(token), to);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal(ConsoleRoutes.Root, answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Guesses_in_other_spellings_of_an_address_are_the_same_guesses()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var anybody = rig.Anybody();
        foreach (var (path, content) in ((string, Func<HttpContent>)[])
        [
            (ConsoleRoutes.SignIn, () => new FormUrlEncodedContent([])), (Routes.Enrol, () => Answers.Json("{}")),
        ])
        {
            await UntilRefusedAsync(path, content);
            foreach (var same in (string[])[path + "/", path.ToUpperInvariant()])
            {
                using var answer = await anybody.PostAsync(same, content());
                Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
            }
        }

        async Task UntilRefusedAsync(string path, Func<HttpContent> content)
        {
            for (var i = 0; i < 1000; i++)
            {
                using var answer = await anybody.PostAsync(path, content());
                if (answer.StatusCode == HttpStatusCode.TooManyRequests) return;
            }

            Assert.Fail($"{path} was never refused");
        }
    }

    private static RunState Evaluated(RunState run, Func<int, ValueList<Metric>> measure) => run with
    {
        History = run.History.Select(report => report with
        {
            Result = (RoundResult.Completed)report.Result with
            {
                Evaluation = new Evaluation.Measured(new("judge"), measure(report.Id.Number)),
            },
        }).ToValueList(),
    };

    private static async Task<HttpResponseMessage> SignInAsync(GatewayRig rig, string token, string to)
    {
        var browser = new Browser(rig.Anybody());
        await browser.OpenAsync(ConsoleRoutes.SignIn);
        return await browser.SendAsync(ConsoleRoutes.SignIn, new() { ["token"] = token, ["to"] = to });
    }
}
