using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Verbs;
using FedLowRank.Cli.Watching;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Tests;

namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>
/// Three agents as processes, and a private run whose rounds begin when a test says so, on whatever serves them.
/// </summary>
/// <param name="plan">Of the run.</param>
internal abstract class SiteWorld(WorldPlan plan) : IAsyncDisposable
{
    /// <summary>The run.</summary>
    public static readonly RunId Run = new("faults");

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static readonly (string Name, string Client)[] Owners =
    [
        ("north", "Debian Games Team"), ("east", "Debian Perl Group"), ("south", "Debian Science Maintainers"),
    ];

    private List<Site>? sites;

    /// <summary>The agents.</summary>
    public IReadOnlyList<Site> Sites =>
        sites ??= [.. Owners.Select(owner => new Site(owner.Name, Path.Combine(Folder, owner.Name)))];

    /// <summary>The first of them, to which most things happen.</summary>
    public Site North => Sites[0];

    /// <summary>A place for whatever a test needs.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("fedlowrank-faults-").FullName;

    /// <summary>Where the server keeps its blobs.</summary>
    public abstract string BlobFolder { get; }

    /// <summary>The owner's profile.</summary>
    protected abstract string Profile { get; }

    /// <summary>A verb of the command line that must succeed; its answer.</summary>
    public async Task<JsonElement> SayAsync(params string[] arguments)
    {
        var (code, answer) = await TryAsync(arguments);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', arguments)} ended with {code}: {answer}");
        return answer;
    }

    /// <summary>A verb of the command line; its exit code and answer.</summary>
    public async Task<(int Code, JsonElement Answer)> TryAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new CommandHost(output, error) { Profiles = new(Profile, Folder, Folder) };
        var code = await CommandLine.RunAsync([.. arguments, "--json"], host);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 0, $"{string.Join(' ', arguments)} ended with {code} and said: {error}");
        return (code, JsonDocument.Parse(lines[^1]).RootElement);
    }

    /// <summary>Follows the run until it is as it should be.</summary>
    public async Task<RunState> UntilAsync(Func<RunState, bool> isReached)
    {
        using var patience = new CancellationTokenSource(Patience);
        RunState? last = null;
        try
        {
            using var client = await ConnectAsync();
            await new RunFollower(client, TimeProvider.System).FollowAsync(
                Run,
                state =>
                {
                    last = state;
                    return isReached(state);
                },
                _ => { },
                patience.Token);
            return last!;
        }
        catch (OperationCanceledException error)
        {
            throw new InvalidOperationException(
                $"the run stays {last?.Status}, rounds: {string.Join("; ", last?.History ?? [])}\n{Outputs()}", error);
        }
    }

    /// <summary>Begins the next round.</summary>
    /// <returns>Its number.</returns>
    public async Task<int> BeginAsync()
    {
        var round = (await StateAsync()).LastRound + 1;
        await SayAsync("rounds", "trigger", Run.Value);
        return round;
    }

    /// <summary>Begins the next round, and waits until all agents stand before a step of their training.</summary>
    /// <returns>Its number.</returns>
    public async Task<int> BeginTrainingAsync(string step)
    {
        foreach (var site in Sites) site.Arm(step, FaultPoint.Wait);
        var marks = Sites.Select(site => (site.Process, site.Process.Mark)).ToList();
        var round = await BeginAsync();
        foreach (var (process, mark) in marks) await process.LineAsync($"{FaultPoint.Waiting} {step}", mark);
        return round;
    }

    /// <summary>Follows the run until a round has its checkpoint; the reports of all attempts at it.</summary>
    public async Task<IReadOnlyList<RoundReport>> UntilDoneAsync(int round)
    {
        var state = await UntilAsync(
            state => state.LastRound == round && state.Status is RunStatus.BetweenRounds or RunStatus.Completed);
        return [.. state.History.Where(report => report.Id.Number == round)];
    }

    /// <summary>The run now.</summary>
    public async Task<RunState> StateAsync()
    {
        using var client = await ConnectAsync();
        return (await RunCalls.StateAsync(client, Run, CancellationToken.None)).State;
    }

    /// <summary>What all processes have said.</summary>
    public virtual string Outputs() =>
        string.Join("\n", Sites.Select(site => $"== {site.Agent}\n{site.Process.Output}"));

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var site in Sites) await site.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Enrols the agents, begins the run and starts the agents.</summary>
    protected async Task BeginRunAsync()
    {
        foreach (var (site, (name, client)) in Sites.Zip(Owners)) await EnrolAsync(site, name, client);
        var file = Path.Combine(Folder, "run.json");
        await File.WriteAllTextAsync(file, RunFile());
        await SayAsync("runs", "create", Run.Value, "--file", file, "--start");
        await Task.WhenAll(Sites.Select(site => site.StartAsync()));
    }

    /// <summary>Ends the agents, as their operators do.</summary>
    /// <returns>The run as the server showed it last.</returns>
    protected async Task<RunState> EndAgentsAsync()
    {
        Assert.True((await SayAsync("audit", "verify")).GetProperty("intact").GetBoolean());
        var seen = await StateAsync();
        foreach (var site in Sites) Assert.Equal(0, await site.Process.TerminateAsync());
        return seen;
    }

    /// <summary>A port that nobody listens on.</summary>
    /// <remarks>
    /// Below those that the system itself gives to whoever dials: so none of them takes it while a server is down.
    /// </remarks>
    protected static int FreePort()
    {
        while (true)
        {
            var port = System.Security.Cryptography.RandomNumberGenerator.GetInt32(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }

    protected Task<AdminClient> ConnectAsync() => AdminClient.ConnectAsync(
        ProfileFile.Read(Profile), TimeProvider.System, CancellationToken.None);

    private async Task EnrolAsync(Site site, string name, string client) => await EnrolAsync(
        site, (await SayAsync("agents", "invite", name)).GetProperty("invite").GetString()!, client, Run);

    /// <summary>Makes an agent of an invite.</summary>
    /// <param name="site">Of the agent.</param>
    /// <param name="invite">The word.</param>
    /// <param name="client">Whose texts it holds.</param>
    /// <param name="run">The one run that its owner allows.</param>
    public static async Task EnrolAsync(Site site, string invite, string client, RunId run)
    {
        using var output = new StringWriter();
        var code = await ClientAgent.Commands.CommandLine.RunAsync(
            ["enrol", invite, "--folder", site.Folder.Root],
            new(TextReader.Null, output, output) { Engines = new ClientAgent.OneEngine(ClientAgent.AgentEngine.Cpu) });
        Assert.True(code == 0, $"{site.Agent} cannot enrol: {output}");
        await File.WriteAllTextAsync(site.Folder.Policy, SiteFiles.Policy(run.Value, client));
    }

    private string RunFile() => SiteFiles.Run(
        plan.Rounds,
        policy: new
        {
            selectingSeconds = 100,
            collectingSeconds = plan.CollectingSeconds,
            cohortSize = 3,
            quorum = plan.Quorum,
        },
        schedule: new { type = "manual" });
}
