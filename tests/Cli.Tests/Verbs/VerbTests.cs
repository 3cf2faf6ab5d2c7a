using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Tests.Admin;
using FedLowRank.Cli.Tests.Watching;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Wire;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Cli.Tests.Verbs;

/// <summary>Verbs from their arguments to what they send, print and end with, against a real HTTPS server.</summary>
public sealed class VerbTests : IAsyncLifetime
{
    private const string Obeyed = """{"status":"between rounds"}""";

    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private FakeServer server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await output.DisposeAsync();
        await error.DisposeAsync();
    }

    private Task<int> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync(arguments, server.Host(output, error), Token);

    private JsonElement Line()
    {
        var line = Assert.Single(output.ToString().TrimEnd('\n').Split('\n'));
        output.GetStringBuilder().Clear();
        return JsonDocument.Parse(line).RootElement;
    }

    [Theory]
    [InlineData("runs")]
    [InlineData("runs", "create", "a")]
    [InlineData("runs", "create", "a/b", "--file", "x")]
    [InlineData("runs", "pause", "a", "--round", "later")]
    [InlineData("runs", "rollback", "a")]
    [InlineData("runs", "rollback", "a", "--to", "-1")]
    [InlineData("runs", "rollback", "a", "--to", "x")]
    [InlineData("runs", "fork", "a")]
    [InlineData("runs", "export", "a")]
    [InlineData("rounds", "show", "a", "3.x")]
    [InlineData("agents", "invite", "a", "--hours", "721")]
    [InlineData("agents", "invite", "a", "--hours", "x")]
    [InlineData("agents", "invite", "a", "--role", "king")]
    [InlineData("agents", "revoke", "a")]
    [InlineData("users", "create", "a b", "--role", "owner")]
    [InlineData("users", "create", "a", "--role", "owner", "--days", "0")]
    [InlineData("audit", "show", "--last", "0")]
    [InlineData("completion", "tcsh")]
    public async Task A_bad_command_line_is_bad_input_for_people_and_programs(params string[] arguments)
    {
        Assert.Equal(ExitCode.BadInput, await RunAsync(arguments));
        Assert.Contains("--help shows what there is", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
        Assert.Equal(ExitCode.BadInput, await RunAsync([.. arguments, "--json"]));
        Assert.Equal("bad-command-line", Line().GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(server.Calls);
    }

    [Theory]
    [InlineData("start", "start")]
    [InlineData("resume", "resume")]
    [InlineData("cancel", "cancel")]
    [InlineData("pause", "pause")]
    [InlineData("trigger", "trigger")]
    public async Task Commands_are_sent_with_an_id_of_their_own(string verb, string type)
    {
        server.On("POST /v1/runs/topics/commands", Obeyed);
        string[] arguments = [verb == "trigger" ? "rounds" : "runs", verb, "topics"];
        Assert.Equal(ExitCode.Done, await RunAsync(arguments));
        Assert.Equal("topics: between rounds\n", output.ToString());
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync([.. arguments, "--json"]));
        Assert.Equal("between rounds", Line().GetProperty("status").GetString());
        var sent = server.Calls.Select(call => JsonDocument.Parse(call.Body).RootElement).ToList();
        Assert.All(sent, request => Assert.Equal(type, request.GetProperty("command").GetProperty("type").GetString()));
        Assert.Equal(2, sent.Select(request => request.GetProperty("id").GetString()).Distinct().Count());
    }

    [Theory]
    [InlineData("finish", PauseMode.FinishRound)]
    [InlineData("hold", PauseMode.HoldRound)]
    [InlineData("abandon", PauseMode.AbandonRound)]
    public async Task A_pause_says_what_becomes_of_the_round(string word, PauseMode mode)
    {
        server.On("POST /v1/runs/topics/commands", Obeyed);
        Assert.Equal(ExitCode.Done, await RunAsync("runs", "pause", "topics", "--round", word));
        Assert.Equal(new RunCommand.Pause(mode), Sent().Command);
    }

    [Fact]
    public async Task Rollback_and_fork_name_their_round()
    {
        server.On("POST /v1/runs/topics/commands", Obeyed);
        server.On("GET /v1/runs/topics", RunJson.Write(Recorded.States()[^1]));
        Assert.Equal(ExitCode.Done, await RunAsync("runs", "rollback", "topics", "--to", "0"));
        Assert.Equal(new RunCommand.Rollback(0), Sent().Command);
        Assert.Equal(ExitCode.Done, await RunAsync("runs", "fork", "topics", "more"));
        var fork = Assert.IsType<RunCommand.Fork>(Sent().Command);
        Assert.Equal((1, "more"), (fork.Round, fork.NewRun.Value));
        Assert.Contains("fedlowrank runs start more", error.ToString(), StringComparison.Ordinal);
    }

    private CommandRequest Sent() =>
        JsonSerializer.Deserialize(server.Calls.Last().Body, WireJson.Default.CommandRequest)!;

    [Theory]
    [InlineData(409, "not-now", ExitCode.Refused)]
    [InlineData(404, "no-such-run", ExitCode.NotFound)]
    [InlineData(403, "not-allowed", ExitCode.NotAllowed)]
    public async Task A_refusal_is_told_to_people_and_programs(int status, string code, int exit)
    {
        server.Refuses("POST /v1/runs/topics/commands", status, code, "start: the run is completed");
        Assert.Equal(exit, await RunAsync("runs", "start", "topics"));
        Assert.Equal("start: the run is completed\n", error.ToString());
        Assert.Empty(output.ToString());
        Assert.Equal(exit, await RunAsync("runs", "start", "topics", "--json"));
        var told = Line().GetProperty("error");
        Assert.Equal((code, exit), (told.GetProperty("code").GetString(), told.GetProperty("exit").GetInt32()));
    }

    [Fact]
    public async Task Runs_are_listed_and_shown()
    {
        server.On("GET /v1/runs", """
            [{"run":"topics","status":"completed","round":1,"rounds":1,"method":"fedsvd","isPrivate":true}]
            """);
        server.On("GET /v1/runs/topics", RunJson.Write(Recorded.States()[^1]));
        Assert.Equal(ExitCode.Done, await RunAsync("runs", "list"));
        Assert.Matches(@"topics +. completed +. 1 of 1 +. fedsvd +. yes", output.ToString());
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("runs", "list", "--json"));
        Assert.Equal("topics", Line()[0].GetProperty("run").GetString());

        Assert.Equal(ExitCode.Done, await RunAsync("runs", "show", "topics"));
        Assert.Contains("topics: completed; 1 of 1 rounds done", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("noise 1.5, clip 1, delta 1e-5", output.ToString(), StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("runs", "show", "topics", "--json"));
        Assert.Equal("topics", Line().GetProperty("value").GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_round_report_says_who_took_part_and_who_did_not_and_why()
    {
        server.On("GET /v1/runs/topics", RunJson.Write(Recorded.States()[^1]));
        Assert.Equal(ExitCode.Done, await RunAsync("rounds", "show", "topics", "1"));
        var text = output.ToString();
        Assert.Matches(@"north +. delivered 100 B", text);
        Assert.Matches(@"south +. late, at 2026-01-01 00:11:41Z", text);
        Assert.Contains("collecting", text, StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("rounds", "show", "topics", "1.1", "--json"));
        Assert.Equal("late", Line().GetProperty("agents")[1].GetProperty("standing").GetProperty("type").GetString());
        Assert.Equal(ExitCode.NotFound, await RunAsync("rounds", "show", "topics", "7"));
        Assert.Equal(ExitCode.NotFound, await RunAsync("rounds", "show", "topics", "1.2"));
    }

    [Fact]
    public async Task A_round_in_progress_is_shown_as_it_stands()
    {
        server.On("GET /v1/runs/topics", RunJson.Write(Recorded.States()[7]));
        Assert.Equal(ExitCode.Done, await RunAsync("rounds", "show", "topics"));
        Assert.Contains("training, 70 % of its steps", output.ToString(), StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("rounds", "show", "topics", "--json"));
        Assert.Equal(2, Line().GetProperty("roster").GetArrayLength());
        server.On("GET /v1/runs/topics", RunJson.Write(Recorded.Draft()));
        Assert.Equal(ExitCode.NotFound, await RunAsync("rounds", "show", "topics"));
    }

    [Fact]
    public async Task Watching_prints_changes_reconnects_and_ends_as_the_run_does()
    {
        var states = Recorded.States();
        var connections = 0;
        server.On("GET /v1/runs/topics/events", async context =>
        {
            var part = connections++ == 0 ? states.Take(8) : states.Skip(8);
            await context.Response.WriteAsync(": alive\n\n");
            foreach (var state in part)
                await context.Response.WriteAsync($"event: state\ndata: {Text(state)}\n\n");
        });
        Assert.Equal(ExitCode.Done, await RunAsync("runs", "watch", "topics"));
        Assert.Equal(2, connections);
        Assert.EndsWith("topics: completed\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("ended the connection", error.ToString(), StringComparison.Ordinal);

        (connections, _) = (0, output.GetStringBuilder().Clear());
        Assert.Equal(ExitCode.Done, await RunAsync("runs", "watch", "topics", "--json"));
        var lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(states.Count, lines.Length);
        Assert.All(
            lines, line => Assert.Equal("topics", JsonDocument.Parse(line).RootElement.GetProperty("run").GetString()));
    }

    [Fact]
    public async Task The_exit_code_of_watching_tells_how_the_run_ended()
    {
        var cancelled = Recorded.After(Recorded.Draft(), new RunCommand.Cancel());
        server.On("GET /v1/runs/topics/events", $"event: state\ndata: {Text(cancelled)}\n\n");
        Assert.Equal(ExitCode.RunCancelled, await RunAsync("runs", "watch", "topics"));
        Assert.Equal(ExitCode.NotFound, await RunAsync("runs", "watch", "nothing"));
    }

    private static string Text(Aggregation.Rounds.States.RunState state) =>
        System.Text.Encoding.UTF8.GetString(RunJson.Write(state));

    [Fact]
    public async Task An_invite_is_printed_with_what_to_type()
    {
        server.On("POST /v1/agents", """{"invite":"fedlowrank_invite1_abc","expires":"2026-01-02T00:00:00+00:00"}""");
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "invite", "north", "--role", "evaluator", "--hours", "3"));
        Assert.Contains(
            "  fedlowrank-agent enrol fedlowrank_invite1_abc\n", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            new InviteRequest(new("north"), AgentRole.Evaluator, 3),
            JsonSerializer.Deserialize(server.Calls.Single().Body, WireJson.Default.InviteRequest));
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "invite", "north", "--json"));
        Assert.Equal("fedlowrank-agent enrol fedlowrank_invite1_abc", Line().GetProperty("command").GetString());
    }

    [Fact]
    public async Task Agents_are_listed_shown_and_revoked()
    {
        server.On("GET /v1/agents", """
            [{"agent":"north","role":"trainer","status":"enrolled","isConnected":true,
              "lastSeen":"2026-01-01T00:00:00+00:00","certificateExpires":"2026-01-02T00:00:00+00:00",
              "facts":{"version":"0.1.0","device":"cpu","epsilonSpent":1.25,"epsilonMax":6,"delta":1e-5}}]
            """);
        server.On("POST /v1/agents/north/revoke", context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "list"));
        Assert.Contains("1.25 of 6 at delta 1e-5", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "show", "north"));
        Assert.Equal(ExitCode.NotFound, await RunAsync("agents", "show", "west"));
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "revoke", "north", "--reason", "lost laptop", "--json"));
        Assert.Equal("north", Line().GetProperty("target").GetString());
        Assert.Contains("lost laptop", server.Calls.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_went_wrong_at_an_agent_is_told_with_its_log_made_harmless()
    {
        server.On("GET /v1/agents", """
            [{"agent":"north","role":"trainer","status":"enrolled","isConnected":true,"lastSeen":null,
              "certificateExpires":null,"facts":null}]
            """);
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "show", "north"));
        Assert.Contains("none told", output.ToString(), StringComparison.Ordinal);
        server.On("GET /v1/agents/north/trouble", """
            {"trouble":{"error":{"kind":"training","at":"2026-01-01T00:00:00+00:00","run":"topics","round":"3.1"},
              "log":["one [red]line[/]","a\u001b[31mb"]}}
            """);
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "show", "north"));
        Assert.Contains("its log: fedlowrank agents trouble north", output.ToString(), StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "trouble", "north"));
        Assert.Contains(
            "training: its training failed after the round was charged", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("in topics round 3.1", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  one [red]line[/]", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  a?[31mb", output.ToString(), StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("agents", "trouble", "north", "--json"));
        Assert.Equal(2, Line().GetProperty("trouble").GetProperty("log").GetArrayLength());
    }

    [Fact]
    public async Task A_new_user_gets_a_token_or_a_profile()
    {
        server.On("POST /v1/users", $$"""{"token":"{{server.Token}}"}""");
        Assert.Equal(ExitCode.Done, await RunAsync("users", "create", "vera", "--role", "viewer"));
        Assert.Equal(server.Token + "\n", output.ToString());
        var path = Path.Combine(server.Folder, "vera.json");
        output.GetStringBuilder().Clear();
        Assert.Equal(ExitCode.Done, await RunAsync("users", "create", "vera", "--role", "viewer", "--output", path));
        Assert.DoesNotContain(server.Token, output.ToString(), StringComparison.Ordinal);
        Assert.Equal(server.Token, ProfileFile.Read(path).Token);
    }
}
