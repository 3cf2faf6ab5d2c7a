using System.Net;
using System.Text.Json;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Serving;
using FedLowRank.Cli.Tests.Runs;
using FedLowRank.Cli.Tests.Simulation;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Identity.Users;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedLowRank.Cli.Tests.Serving;

/// <summary>The real server in this process, and the verbs against it.</summary>
public sealed class ServeTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();
    private RunningServer server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(folder, ProfilePlaces.ServerFolder);

    private CommandHost Host => new(output, error)
    {
        Profiles = new(Variable: null, folder, folder),
        OpenModel = TinyWorld.OpenModel,
        HashModel = _ => new(3, 4),
    };

    public async ValueTask InitializeAsync() => server = await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        await output.DisposeAsync();
        await error.DisposeAsync();
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(
        new() { Folder = Data, Agents = new(IPAddress.Loopback, 0), Admin = new(IPAddress.Loopback, 0) },
        Host, NullLoggerFactory.Instance, Token);

    private async Task<JsonElement> RunAsync(int exit, params string[] arguments)
    {
        output.GetStringBuilder().Clear();
        var code = await CommandLine.RunAsync([.. arguments, "--json"], Host, Token);
        Assert.True(code == exit, $"{string.Join(' ', arguments)} ended with {code}: {output}{error}");
        return JsonDocument.Parse(Assert.Single(output.ToString().TrimEnd('\n').Split('\n'))).RootElement;
    }

    private Task<JsonElement> RunAsync(params string[] arguments) => RunAsync(ExitCode.Done, arguments);

    [Fact]
    public async Task A_server_whose_journal_was_taken_away_does_not_begin_anew_by_itself()
    {
        await server.DisposeAsync();
        var owner = Path.Combine(Data, "owner.json");
        var before = await File.ReadAllTextAsync(owner, Token);
        foreach (var file in Directory.EnumerateFiles(Data, "journal.db*")) File.Delete(file);
        var refused = await Assert.ThrowsAsync<AdminException>(StartAsync);
        Assert.Equal("journal-missing", refused.Code);
        Assert.Equal(before, await File.ReadAllTextAsync(owner, Token));
        File.Delete(owner);
        server = await StartAsync();
    }

    [Fact]
    public async Task A_first_start_makes_an_owner_whose_profile_nobody_else_can_read()
    {
        var owner = ProfileFile.Read(Path.Combine(Data, "owner.json"));
        Assert.Equal(server.Authority, owner.Authority);
        Assert.NotNull(owner.Token);
        await server.DisposeAsync();
        server = await StartAsync();
        Assert.Equal(owner.Token, ProfileFile.Read(Path.Combine(Data, "owner.json")).Token);
        Assert.Empty((await RunAsync("runs", "list")).EnumerateArray());
    }

    [Fact]
    public void A_key_without_passphrase_is_told_at_every_start()
    {
        Assert.Contains("not encrypted", Assert.Single(server.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_made_from_a_file_and_steered()
    {
        var file = Path.Combine(folder, "run.json");
        await File.WriteAllTextAsync(file, SampleRun.Json(), Token);
        var made = await RunAsync("runs", "create", "topics", "--file", file);
        Assert.Equal("a draft", made.GetProperty("status").GetString());
        Assert.InRange(made.GetProperty("epsilon").GetDouble(), 3.99, 4);

        // The same order again is the same run; another of that name is refused.
        await RunAsync("runs", "create", "topics", "--file", file);
        await File.WriteAllTextAsync(file, SampleRun.Json(("'rounds': 5", "'rounds': 6")), Token);
        var refused = await RunAsync(ExitCode.Refused, "runs", "create", "topics", "--file", file);
        Assert.Equal("run-id-taken", refused.GetProperty("error").GetProperty("code").GetString());

        Assert.Equal("topics", (await RunAsync("runs", "list"))[0].GetProperty("run").GetString());
        await RunAsync("runs", "start", "topics");
        await RunAsync(ExitCode.Refused, "runs", "start", "topics");
        await RunAsync("runs", "cancel", "topics");
        await RunAsync(ExitCode.RunCancelled, "runs", "watch", "topics");
        await RunAsync(ExitCode.NotFound, "runs", "show", "nothing");
        await RunAsync("runs", "fork", "topics", "more");
    }

    [Fact]
    public async Task The_start_of_a_run_is_exported_with_its_signature_checked()
    {
        var file = Path.Combine(folder, "run.json");
        await File.WriteAllTextAsync(file, SampleRun.Json(), Token);
        await RunAsync("runs", "create", "topics", "--file", file);
        var target = Path.Combine(folder, "adapter");
        var line = await RunAsync("runs", "export", "topics", "--output", target);
        Assert.Equal(0, line.GetProperty("round").GetInt32());
        Assert.Equal(
            ["README.md", "adapter_config.json", "adapter_model.safetensors", "manifest.json", "signature.json"],
            Directory.GetFiles(target).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        var manifest = await File.ReadAllBytesAsync(Path.Combine(target, "manifest.json"), Token);
        Assert.Equal(
            line.GetProperty("manifest").GetString(),
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(manifest)));
        await RunAsync(ExitCode.BadInput, "runs", "export", "topics", "--output", target);
        var other = Path.Combine(folder, "other");
        await RunAsync(ExitCode.NotFound, "runs", "export", "topics", "--round", "1", "--output", other);
        await RunAsync(ExitCode.BadInput, "runs", "export", "topics", "--output", other, "--model", folder);
    }

    [Fact]
    public async Task Agents_and_users_come_and_go_and_the_log_tells_it()
    {
        await RunAsync("agents", "invite", "north");
        await RunAsync("agents", "show", "north");
        await RunAsync("agents", "revoke", "north", "--reason", "a trial");
        await RunAsync("users", "create", "vera", "--role", "viewer", "--output", Path.Combine(folder, "vera.json"));
        var denied = await RunAsync(
            ExitCode.NotAllowed, "agents", "invite", "south", "--profile", Path.Combine(folder, "vera.json"));
        Assert.Equal("not-allowed", denied.GetProperty("error").GetProperty("code").GetString());
        await RunAsync("users", "revoke", "vera");
        await RunAsync(ExitCode.NotAllowed, "runs", "list", "--profile", Path.Combine(folder, "vera.json"));
        Assert.Equal(2, (await RunAsync("users", "list")).GetArrayLength());
        Assert.True((await RunAsync("audit", "show")).GetArrayLength() >= 5);
    }

    [Fact]
    public async Task The_audit_log_is_verified_here_and_from_a_file_and_a_changed_file_is_not_intact()
    {
        await RunAsync("agents", "invite", "north");
        Assert.True((await RunAsync("audit", "verify")).GetProperty("intact").GetBoolean());
        var file = Path.Combine(folder, "audit.jsonl");
        await RunAsync("audit", "export", "--output", file);
        await RunAsync(ExitCode.BadInput, "audit", "export", "--output", file);
        Assert.True((await RunAsync("audit", "verify", file)).GetProperty("intact").GetBoolean());
        var text = await File.ReadAllTextAsync(file, Token);
        await File.WriteAllTextAsync(file, text.Replace("north", "south", StringComparison.Ordinal), Token);
        Assert.False((await RunAsync(ExitCode.Unsound, "audit", "verify", file)).GetProperty("intact").GetBoolean());
        await File.WriteAllTextAsync(file, text[..(text.TrimEnd().LastIndexOf('\n') + 1)], Token);
        await RunAsync(ExitCode.Unsound, "audit", "verify", file);
    }

    [Fact]
    public async Task The_doctor_finds_a_draft_and_a_server_that_is_gone()
    {
        var file = Path.Combine(folder, "run.json");
        await File.WriteAllTextAsync(file, SampleRun.Json(), Token);
        await RunAsync("runs", "create", "topics", "--file", file);
        var found = (await RunAsync("doctor")).GetProperty("findings").EnumerateArray().ToList();
        Assert.Contains(found, finding => Subject(finding) == "run topics" && Level(finding) == "warning");
        Assert.Contains(found, finding => Subject(finding) == "version" && Level(finding) == "good");
        Assert.Contains(found, finding => Subject(finding) == "clock" && Level(finding) == "good");
        await server.DisposeAsync();
        found = [.. (await RunAsync(ExitCode.Unsound, "doctor")).GetProperty("findings").EnumerateArray()];
        Assert.Contains(found, finding => Subject(finding) == "server" && Level(finding) == "bad");
        server = await StartAsync();

        static string? Subject(JsonElement finding) => finding.GetProperty("subject").GetString();
        static string? Level(JsonElement finding) => finding.GetProperty("level").GetString();
    }

    [Fact]
    public async Task A_folder_in_use_and_an_open_door_are_refused()
    {
        Assert.Equal(
            "storage",
            (await RunAsync(
                ExitCode.Failure, "serve", "--folder", Data, "--agents", "127.0.0.1:0", "--admin", "127.0.0.1:0"))
            .GetProperty("error").GetProperty("code").GetString());
        var open = await RunAsync(
            ExitCode.BadInput, "serve", "--dev", "--folder", Path.Combine(folder, "b"), "--agents", "0.0.0.0:0");
        Assert.Equal("bad-options", open.GetProperty("error").GetProperty("code").GetString());
        Assert.False(Directory.Exists(Path.Combine(folder, "b")));
    }

    [Theory]
    [InlineData("127.0.0.1:1", true)]
    [InlineData("[::1]:8443", true)]
    [InlineData("8443", false)]
    [InlineData("localhost:8443", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1:70000", false)]
    [InlineData("::1:5", false)]
    public void An_address_to_listen_on_needs_its_port(string text, bool isGood)
    {
        if (isGood) Assert.Equal(text, Endpoints.Parse(text).ToString());
        else Assert.Throws<FormatException>(() => Endpoints.Parse(text));
    }

    [Fact]
    public async Task Options_win_over_the_file_and_faults_of_the_file_are_named()
    {
        var path = Path.Combine(folder, "serve.json");
        await File.WriteAllTextAsync(
            path, """{ "folder": "data", "agents": "0.0.0.0:1", "names": ["a.example"], "dev": true }""", Token);
        var config = new ServeConfig { Folder = "mine" }.Or(ServeConfigFile.Read(path));
        Assert.Equal(("mine", 1, true), (config.Folder, config.Agents!.Port, config.IsDevelopment));
        await File.WriteAllTextAsync(path, """{ "agents": "here", "dev": 1, "x": 2 }""", Token);
        var fault = await RunAsync(ExitCode.BadInput, "serve", "--config", path);
        var message = fault.GetProperty("error").GetProperty("message").GetString()!;
        Assert.All(
            (string[])["agents:", "dev:", "x:"], field => Assert.Contains(field, message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Identity_provider_and_retention_are_read_from_the_file()
    {
        var path = Path.Combine(folder, "serve.json");
        await File.WriteAllTextAsync(
            path,
            """
            { "oidc": { "issuer": "https://id.example", "audience": "fed", "keysFile": "keys.json",
              "roles": { "fed-owners": "owner", "staff": "viewer" } },
              "retention": { "updateRounds": 3, "graceHours": 2 } }
            """,
            Token);
        var retention = ServeConfigFile.Read(path).Retention!;
        Assert.Equal((null, 3, 2.0), (
            retention.CheckpointRounds, retention.UpdateRounds, retention.Grace.TotalHours));
        var oidc = ServeConfigFile.Read(path).Oidc!;
        Assert.Equal(("https://id.example", "fed", "groups"), (
            oidc.Rules.Issuer, oidc.Rules.Audience, oidc.Rules.GroupsClaim));
        Assert.Equal([new("fed-owners", AdminRole.Owner), new("staff", AdminRole.Viewer)], oidc.Rules.Roles);
        Assert.Equal(Path.Combine(folder, "keys.json"), oidc.KeysFile);
        await File.WriteAllTextAsync(
            path, """{ "oidc": { "issuer": "i", "audience": "a", "roles": { "staff": "god" }, "key": 1 } }""", Token);
        var fault = await RunAsync(ExitCode.BadInput, "serve", "--config", path);
        var message = fault.GetProperty("error").GetProperty("message").GetString()!;
        Assert.All(
            (string[])["oidc.roles.staff", "oidc.key"],
            field => Assert.Contains(field, message, StringComparison.Ordinal));
    }
}
