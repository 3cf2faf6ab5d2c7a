using System.Net;
using System.Text.RegularExpressions;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Planning;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Console.Drafts;
using FedLowRank.Gateway.Tests.Rig;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Gateway.Tests;

/// <summary>
/// Goal: the form for a new run says what is wrong at its field, saves what the command line takes, and makes the run
/// that the command line would make of it.
/// </summary>
public sealed partial class NewRunTests(NewRunTests.Shared shared) : IClassFixture<NewRunTests.Shared>
{
    private static readonly BlobHash Base = new(3, 4);
    private static readonly RdpAccountant Accountant = new();

    /// <summary>The form as it stands at first, with what must be filled in, and with some of it changed.</summary>
    private static Dictionary<string, string> Form(params (string Name, string Value)[] changes)
    {
        var form = DraftFields.All.ToDictionary(field => field.Name, field => field.Initial);
        form["run"] = "spam-2";
        form["base-config"] = "16";
        form["base-model"] = $"{Base}";
        form["data.labels"] = "spam\r\nham\r\n";
        form["data.tokensMax"] = "48";
        form["lora.rank"] = "4";
        foreach (var (name, value) in changes)
        {
            Assert.True(form.ContainsKey(name) || name is "do" or "from", $"there is no field {name}");
            form[name] = value;
        }

        return form;
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(
        Browser browser, string address, params (string Name, string Value)[] changes)
    {
        using var answer = await browser.SendAsync(address, Form(changes));
        return (answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    /// <summary>The plan and the bytes of the start that the command line makes of a file, without the model.</summary>
    private static async Task<(RunPlan Plan, byte[] Start)> OnCommandLineAsync(byte[] file)
    {
        var config = RunConfigFile.Parse(file, "run.json", Path.GetTempPath());
        var model = new TinyModel(16);
        var fresh = new FreshStart(config.StartTerms, model);
        var adapter = fresh.Create(fresh.Layers(), model.HeadFor(config.Labels!.Count));
        using var start = new MemoryStream();
        AdapterFile.Write(adapter, start);
        return (RunPlanner.Plan(config, Base, AdapterShape.Of(adapter), Accountant), start.ToArray());
    }

    private static async Task<byte[]> StartOfAsync(GatewayRig rig, BlobHash start)
    {
        await using var stream = await rig.Blobs.OpenReadAsync(start);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private static string ProblemAt(string page, string field) => Problem().Matches(page)
        .First(match => match.Groups["field"].Value == field.Replace('.', '-')).Groups["text"].Value;

    [Theory]
    [InlineData("orthonormal", "fedsvd", "none")]
    [InlineData("kaiming", "fedavg", "output")]
    [InlineData("orthonormal", "fed-sb", "all")]
    public async Task A_run_of_the_form_is_the_run_of_the_saved_file(string start, string method, string head)
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        (string, string)[] changes = [("method.start", start), ("method.name", method), ("lora.head", head)];

        using var saved = await browser.SendAsync(ConsoleRoutes.NewRun, Form([.. changes, ("do", "save")]));
        Assert.Equal("spam-2.json", saved.Content.Headers.ContentDisposition?.FileName);
        var (plan, bytes) = await OnCommandLineAsync(await saved.Content.ReadAsByteArrayAsync());

        BlobHash? stored = null;
        rig.Federation.Runs.Manifest = order => (stored = order.Start).Value;
        using var created = await browser.SendAsync(ConsoleRoutes.NewRun, Form([.. changes, ("do", "create")]));
        Assert.Equal(HttpStatusCode.Found, created.StatusCode);
        Assert.Equal("/console/runs/spam-2", created.Headers.Location?.OriginalString);
        var run = rig.Federation.Runs.StateOf(new("spam-2"))!;
        Assert.IsType<RunStatus.Draft>(run.Status);
        Assert.Equal(plan, run.Plan);
        Assert.Equal(bytes, await StartOfAsync(rig, stored!.Value));
        Assert.Contains("Start", await browser.OpenAsync(ConsoleRoutes.Run(run.Id)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_that_a_run_file_can_say_is_in_the_form()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        using var answer = await browser.SendAsync(ConsoleRoutes.NewRun, Form(
            ("do", "save"), ("data.labels", "a \"b\"\nf\u00fcr\n<c>"), ("method.start", "calibrated"),
            ("method.publicText.path", "texts.tsv"), ("training.optimizer", "adam"), ("training.secondDecay", "0.99"),
            ("training.momentum", "0.8"), ("training.gradientNormMax", "3"), ("privacy", "none"),
            ("policy.requiredAgents", "north\nsouth"), ("policy.directUploads", "on"), ("schedule.type", "manual"),
            ("schedule.triggerWithinSeconds", "99"), ("weights", "declared"), ("weightMax", "500"), ("shards", "2"),
            ("policy.missedQuorum.lastResort", "fail"), ("policy.missedQuorum.extendSeconds", "9"),
            ("lora.alpha", "2.5"), ("run", ""), ("base-config", ""), ("base-model", "")));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("run.json", answer.Content.Headers.ContentDisposition?.FileName);
        var config = RunConfigFile.Parse(await answer.Content.ReadAsByteArrayAsync(), "run.json", Path.GetTempPath());
        Assert.Equal(["<c>", "a \"b\"", "f\u00fcr"], config.Labels!);
        Assert.Equal(Path.Combine(Path.GetTempPath(), "texts.tsv"), config.Method.PublicText!.Path);
        Assert.Equal((0.8, 0.99, 3), (
            config.Training.Momentum, config.Training.SecondDecay, config.Training.GradientNormMax));
        Assert.Null(config.Privacy);
        Assert.Equal(new RunSchedule.Manual(99), config.Schedule);
        Assert.Equal((500, 2, 2.5), (config.WeightMax, config.Shards, config.Lora.Alpha));
        Assert.Equal(["north", "south"], config.Policy.RequiredAgents.Select(agent => agent.Value));
        Assert.True(config.Policy.DirectUploads);
        Assert.Equal(new MissedQuorumRule(9, 2, LastResort.Fail), config.Policy.MissedQuorum);
    }

    [Theory]
    [InlineData("run", "", "")]
    [InlineData("run", "a/b", "a/b")]
    [InlineData("base-config", "", "is missing")]
    [InlineData("base-config", "sixteen", "cannot be used")]
    [InlineData("base-model", "abc", "")]
    [InlineData("base-model", "", "is missing")]
    [InlineData("task", "poetry", "expected one of")]
    [InlineData("task", "nextToken", "", "data.labels")]
    [InlineData("model", "", "is missing")]
    [InlineData("data.labels", "", "exactly one")]
    [InlineData("data.labels", "a\na", "more than once")]
    [InlineData("data.tokensMax", "2", "is 2")]
    [InlineData("data.tokensMax", "65", "takes at most 64")]
    [InlineData("data.tokensMax", "many", "whole number")]
    [InlineData("method.name", "fedmagic", "fedmagic")]
    [InlineData("method.period", "0", "is 0")]
    [InlineData("method.start", "gradientSketch", "privacy budget")]
    [InlineData("method.start", "calibrated", "is missing", "method.publicText.path")]
    [InlineData("method.start", "principal", "never holds")]
    [InlineData("method.publicText.path", "x", "without start calibrated")]
    [InlineData("lora.rank", "17", "at most 16")]
    [InlineData("lora.rank", "1e999", "whole number")]
    [InlineData("lora.alpha", "-1", "above 0")]
    [InlineData("lora.targets", "key", "matches no layer")]
    [InlineData("lora.targets", "", "is missing")]
    [InlineData("lora.head", "tail", "expected one of")]
    [InlineData("seed", "-1", "is -1")]
    [InlineData("seed", "9999999999", "whole number")]
    [InlineData("rounds", "0", "is 0")]
    [InlineData("rounds", "3.5", "whole number")]
    [InlineData("rounds", "\u0663", "whole number")]
    [InlineData("training.localSteps", "0", "is 0")]
    [InlineData("training.samplingRate", "1.5", "at most 1")]
    [InlineData("training.samplingRate", "", "above 0")]
    [InlineData("training.optimizer", "sgd2", "expected one of")]
    [InlineData("training.learningRate", "NaN", "is \"NaN\"")]
    [InlineData("training.finalLearningRate", "0", "above 0")]
    [InlineData("training.momentum", "1", "below 1")]
    [InlineData("training.secondDecay", "0.9", "belongs to adam")]
    [InlineData("training.updateBound", "0", "at least")]
    [InlineData("training.gradientNormMax", "1", "privacy.clip")]
    [InlineData("privacy.epsilon", "0", "above 0")]
    [InlineData("privacy.epsilon", "1e-9", "cannot be kept")]
    [InlineData("privacy.delta", "1", "at most")]
    [InlineData("privacy.clip", "", "is missing")]
    [InlineData("examples", "-3", "whole number")]
    [InlineData("policy.cohortSize", "70000", "is 70000")]
    [InlineData("policy.overSelection", "0.5", "at least 1")]
    [InlineData("policy.quorum", "4", "from 1 to 3")]
    [InlineData("policy.distinctAgentsMin", "3", "from 1 to 2")]
    [InlineData("policy.requiredAgents", "a/b", "a/b")]
    [InlineData("policy.selectingSeconds", "0", "is 0")]
    [InlineData("policy.collectingSeconds", "2592001", "to 2592000")]
    [InlineData("policy.workSeconds", "0", "is 0")]
    [InlineData("policy.evaluatingSeconds", "0", "is 0")]
    [InlineData("policy.workRetriesMax", "101", "to 100")]
    [InlineData("policy.missedQuorum.extendSeconds", "-1", "is -1")]
    [InlineData("policy.missedQuorum.retriesMax", "101", "to 100")]
    [InlineData("policy.missedQuorum.lastResort", "cry", "cry")]
    [InlineData("schedule.type", "weekly", "weekly")]
    [InlineData("schedule.restSeconds", "-1", "is -1")]
    [InlineData("schedule.triggerWithinSeconds", "9", "no known field")]
    [InlineData("weights", "some", "expected one of")]
    [InlineData("weightMax", "9", "declared")]
    [InlineData("shards", "0", "is 0")]
    [InlineData("shards", "many", "automatic")]
    public async Task Each_fault_stands_at_its_field_and_nothing_is_made(
        string field, string value, string words, string? at = null)
    {
        var rig = shared.Rig;
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        var (status, page) = await PostAsync(browser, ConsoleRoutes.NewRun, (field, value), ("do", "create"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var problem = ProblemAt(page, at ?? field);
        Assert.False(string.IsNullOrWhiteSpace(problem), page);
        Assert.Contains(words, problem, StringComparison.Ordinal);
        Assert.Contains($"href=\"#{(at ?? field).Replace('.', '-')}\"", page, StringComparison.Ordinal);
        Assert.Empty(await rig.Federation.Runs.ListAsync());
    }

    [Fact]
    public async Task While_it_is_filled_in_only_what_stands_there_is_judged()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        var first = await browser.OpenAsync(ConsoleRoutes.NewRun);
        Assert.All(Problem().Matches(first), match => Assert.Equal("", match.Groups["text"].Value));
        Assert.Contains("Still needed: Name of the run", first, StringComparison.Ordinal);

        var (status, part) = await PostAsync(
            browser, ConsoleRoutes.CheckNewRun, ("run", ""), ("rounds", "x"), ("base-config", ""));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("", ProblemAt(part, "run"));
        Assert.Contains("whole number", ProblemAt(part, "rounds"), StringComparison.Ordinal);
        Assert.DoesNotContain("<html", part, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_figures_are_those_of_the_plan()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        var (_, part) = await PostAsync(browser, ConsoleRoutes.CheckNewRun);
        Assert.Contains("The form is complete.", part, StringComparison.Ordinal);
        var (plan, _) = await OnCommandLineAsync(RunFile.Write(DraftValues.Initial.With(Form())));
        Assert.Contains(Figure(plan.Round.Privacy!.NoiseMultiplier), part, StringComparison.Ordinal);
        foreach (var rounds in (int[])[3, 5, 8, 10])
        {
            var epsilon = Accountant.Epsilon([new(0.1, plan.Round.Privacy.NoiseMultiplier, rounds)], 1e-5);
            Assert.Contains($">{rounds}</th>", part, StringComparison.Ordinal);
            Assert.Contains(Figure(epsilon), part, StringComparison.Ordinal);
        }

        Assert.Contains("Expected batch of an agent</dt><dd>100<", part, StringComparison.Ordinal);

        // 60 + 3600 + 3 x 6 x 600 + 600 seconds.
        Assert.Contains("4 h 11 min", part, StringComparison.Ordinal);

        static string Figure(double value) => value.ToString("G5", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_base_s_format_is_planned_and_a_run_like_another_keeps_it()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        var (_, full) = await PostAsync(browser, ConsoleRoutes.CheckNewRun);
        var (_, part) = await PostAsync(browser, ConsoleRoutes.CheckNewRun, ("baseFormat", "nf4"));
        Assert.NotEqual(MemoryIn(full), MemoryIn(part));
        var (status, _) = await PostAsync(browser, ConsoleRoutes.NewRun, ("baseFormat", "nf4"), ("do", "create"));
        Assert.Equal(HttpStatusCode.Found, status);
        Assert.Equal(WeightFormat.FourBit, FormatOf("spam-2"));

        var form = FormOf(await browser.OpenAsync(ConsoleRoutes.NewRunLike(new("spam-2"))));
        form["run"] = "spam-3";
        form["do"] = "create";
        form["baseFormat"] = "full";
        using var answer = await browser.SendAsync(ConsoleRoutes.NewRun, form);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal(WeightFormat.FourBit, FormatOf("spam-3"));

        WeightFormat FormatOf(string run) => rig.Federation.Runs.StateOf(new(run))!.Plan.Round.BaseFormat;
        static string MemoryIn(string part) =>
            part.Split("The model's linear layers</dt><dd>")[1].Split('<')[0];
    }

    [Fact]
    public async Task A_run_like_another_has_its_start_and_its_plan()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        var page = await browser.OpenAsync(ConsoleRoutes.NewRunLike(GatewayRig.Run));
        Assert.DoesNotContain("id=\"lora-rank\"", page, StringComparison.Ordinal);

        var form = FormOf(page);
        form["run"] = "spam-3";
        form["rounds"] = "4";
        form["lora.rank"] = "2";
        form["do"] = "create";
        BlobHash? start = null;
        rig.Federation.Runs.Manifest = order => (start = order.Start).Value;
        using var answer = await browser.SendAsync(ConsoleRoutes.NewRun, form);
        Assert.True(answer.StatusCode == HttpStatusCode.Found, await answer.Content.ReadAsStringAsync());
        Assert.Equal(GatewayRig.StartFile(), await StartOfAsync(rig, start!.Value));
        var (old, plan) = (rig.RunPlan, rig.Federation.Runs.StateOf(new("spam-3"))!.Plan);
        Assert.Equal(4, plan.Rounds);
        Assert.Equal(old.Policy, plan.Policy);
        Assert.Equal(old.Schedule, plan.Schedule);
        Assert.Equal(
            old.Round with { Privacy = null, UpdateBytesMax = 1 },
            plan.Round with { Privacy = null, UpdateBytesMax = 1 });
    }

    [Fact]
    public async Task The_same_number_of_rounds_gives_a_run_like_another_the_same_noise()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        var form = FormOf(await browser.OpenAsync(ConsoleRoutes.NewRunLike(GatewayRig.Run)));
        form["run"] = "spam-3";
        form["do"] = "create";
        using var answer = await browser.SendAsync(ConsoleRoutes.NewRun, form);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        var noise = rig.Federation.Runs.StateOf(new("spam-3"))!.Plan.Round.Privacy!.NoiseMultiplier;
        Assert.Equal(rig.RunPlan.Round.Privacy!.NoiseMultiplier, noise, 1e-3);
    }

    [Fact]
    public async Task There_is_no_form_like_a_run_that_is_not_there()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRunLike(new("nowhere")), HttpStatusCode.NotFound);
        await browser.OpenAsync($"{ConsoleRoutes.NewRun}?from=a/b", HttpStatusCode.BadRequest);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        var (status, _) = await PostAsync(browser, ConsoleRoutes.NewRun, ("from", "nowhere"), ("do", "create"));
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task Labels_that_a_form_would_change_keep_a_run_from_being_taken_as_a_pattern()
    {
        var task = GatewayRig.Plan.Round.Task with { Labels = [" ham", "spam"] };
        await using var rig = await GatewayRig.StartAsync(
            plan: GatewayRig.Plan with { Round = GatewayRig.Plan.Round with { Task = task } });
        await rig.CreateRunAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        var form = FormOf(await browser.OpenAsync(ConsoleRoutes.NewRunLike(GatewayRig.Run)));
        form["run"] = "spam-3";
        form["do"] = "create";
        using var answer = await browser.SendAsync(ConsoleRoutes.NewRun, form);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("space around them", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Null(rig.Federation.Runs.StateOf(new("spam-3")));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_told_at_the_name()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        var (status, page) = await PostAsync(browser, ConsoleRoutes.NewRun, ("run", "spam"), ("do", "create"));
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("taken", ProblemAt(page, "run"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_operators_and_owners_see_the_form_and_only_with_its_token()
    {
        await using var rig = await GatewayRig.StartAsync();
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        await viewer.OpenAsync(ConsoleRoutes.NewRun, HttpStatusCode.Forbidden);
        Assert.DoesNotContain(
            ConsoleRoutes.NewRun, await viewer.OpenAsync(ConsoleRoutes.Runs), StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.Forbidden, (await PostAsync(viewer, ConsoleRoutes.NewRun, ("do", "create"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(viewer, ConsoleRoutes.CheckNewRun)).Status);

        var stranger = await Browser.SignInAsync(rig, AdminRole.Operator);
        Assert.Equal(
            HttpStatusCode.BadRequest, (await PostAsync(stranger, ConsoleRoutes.NewRun, ("do", "create"))).Status);
        Assert.Empty(await rig.Federation.Runs.ListAsync());
    }

    [Fact]
    public async Task A_start_that_is_too_large_to_be_made_here_is_left_to_the_command_line()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        (string, string)[] large = [("base-config", "60000"), ("lora.rank", "512")];
        var (status, page) = await PostAsync(browser, ConsoleRoutes.NewRun, [.. large, ("do", "create")]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("fedlowrank runs create", page, StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.OK, (await PostAsync(browser, ConsoleRoutes.NewRun, [.. large, ("do", "save")])).Status);
    }

    [Fact]
    public async Task What_somebody_types_is_shown_as_text()
    {
        await using var rig = await GatewayRig.StartAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(ConsoleRoutes.NewRun);
        using var answer = await browser.SendAsync(
            ConsoleRoutes.NewRun, Form(("rounds", "\"><script>x</script>"), ("data.labels", "</textarea><b>")));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<script>x", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.Contains("aria-invalid=\"true\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_field_has_a_label_and_an_id_of_its_own()
    {
        Assert.Equal(DraftFields.All.Count, DraftFields.All.Select(field => field.Id).Distinct().Count());
        Assert.DoesNotContain(DraftFields.All, field => field.Label.Length == 0);
    }

    /// <summary>What a browser would send of a page's fields.</summary>
    private static Dictionary<string, string> FormOf(string page)
    {
        var form = new Dictionary<string, string>();
        foreach (var each in Input().Matches(page).Concat(Area().Matches(page)))
            form[each.Groups["name"].Value] = WebUtility.HtmlDecode(each.Groups["value"].Value);
        foreach (Match select in Select().Matches(page))
            form[select.Groups["name"].Value] = Chosen().Match(select.Value).Groups["value"].Value;
        form.Remove("form-token");
        form.Remove("policy.directUploads");
        return form;
    }

    /// <summary>One gateway for all that changes nothing.</summary>
    public sealed class Shared : IAsyncLifetime
    {
        internal GatewayRig Rig { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new()
            {
                OpenRequests = new(Burst: 10_000, PerSecond: 1000),
                EnrolTries = new(Burst: 10_000, PerSecond: 1000),
            },
        });

        public ValueTask DisposeAsync() => Rig.DisposeAsync();
    }

    [GeneratedRegex(
        "<p class=\"problem\"[^>]* data-of=\"(?<field>[^\"]+)\"[^>]*>(?<text>[^<]*)</p>",
        RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Problem();

    [GeneratedRegex(
        "<input[^>]* name=\"(?<name>[^\"]+)\"[^>]* value=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Input();

    [GeneratedRegex(
        "<textarea[^>]* name=\"(?<name>[^\"]+)\"[^>]*>(?<value>[^<]*)</textarea>", RegexOptions.ExplicitCapture,
        10_000)]
    private static partial Regex Area();

    [GeneratedRegex(
        "<select[^>]* name=\"(?<name>[^\"]+)\".*?</select>",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline, 10_000)]
    private static partial Regex Select();

    [GeneratedRegex("value=\"(?<value>[^\"]*)\" selected", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Chosen();
}
