using System.Diagnostics;
using System.Globalization;
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
using FedLowRank.Faults.Tests.Processes;
using FedLowRank.Faults.Tests.Server;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Wire;
using FedLowRank.Tests;

namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>A server and three agents as processes, and a private run whose rounds begin when a test says so.</summary>
internal sealed class World : IAsyncDisposable
{
    /// <summary>The run.</summary>
    public static readonly RunId Run = new("faults");

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly (string Name, string Client)[] Owners =
    [
        ("north", "Debian Games Team"), ("east", "Debian Perl Group"), ("south", "Debian Science Maintainers"),
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-faults-").FullName;
    private readonly int agentPort = FreePort();
    private readonly int adminPort = FreePort();
    private readonly WorldPlan plan;
    private Running? server;

    private World(WorldPlan plan)
    {
        this.plan = plan;
        Sites = [.. Owners.Select(owner => new Site(owner.Name, Path.Combine(folder, owner.Name)))];
    }

    /// <summary>The server's process; the last one where none runs.</summary>
    public Running Server => server!;

    /// <summary>The agents.</summary>
    public IReadOnlyList<Site> Sites { get; }

    /// <summary>The first of them, to which most things happen.</summary>
    public Site North => Sites[0];

    /// <summary>A place for whatever a test needs.</summary>
    public string Folder => folder;

    /// <summary>The server's folder.</summary>
    public string ServerFolder => Path.Combine(folder, ProfilePlaces.ServerFolder);

    /// <summary>While this file is there, the server's disk is full.</summary>
    public string DiskFullSign => Path.Combine(folder, "disk-full");

    /// <summary>What the server's clock is off by.</summary>
    public string Clock => Path.Combine(folder, "clock");

    /// <summary>Where the agents dial.</summary>
    public IPEndPoint AgentEndpoint => new(IPAddress.Loopback, agentPort);

    private string Order => Path.Combine(folder, "server.fault");

    /// <summary>A world with a started run and connected agents.</summary>
    public static async Task<World> StartAsync(WorldPlan plan)
    {
        var world = new World(plan);
        try
        {
            await world.StartServerAsync();
            foreach (var (site, (name, client)) in world.Sites.Zip(Owners)) await world.EnrolAsync(site, name, client);
            var file = Path.Combine(world.folder, "run.json");
            await File.WriteAllTextAsync(file, world.RunFile());
            await world.SayAsync("runs", "create", Run.Value, "--file", file, "--start");
            await Task.WhenAll(world.Sites.Select(site => site.StartAsync()));
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server where its agents look for it.</summary>
    /// <returns>How long it takes until it answers, in seconds.</returns>
    public async Task<double> StartServerAsync()
    {
        Disarm();
        var began = Stopwatch.GetTimestamp();
        LaunchServer();
        await Server.LineAsync("\"authority\":");
        using var client = await ConnectAsync();
        await client.GetBytesAsync(Routes.Health, CancellationToken.None);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Starts the server and does not wait.</summary>
    public void LaunchServer() => server = new(
        "server",
        [
            FaultyServer.Verb, "serve", "--folder", ServerFolder, "--json",
            "--agents", AgentEndpoint.ToString(),
            "--admin", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{adminPort}"),
        ],
        new Dictionary<string, string>
        {
            [FaultPoint.Variable] = Order,
            [FullDisk.Variable] = DiskFullSign,
            [FileClock.Variable] = Clock,
        });

    /// <summary>Starts the server anew after its death, until it answers and an agent hears its orders.</summary>
    /// <returns>How long that takes, in seconds, the agents' own pauses between tries included.</returns>
    public async Task<double> RecoverAsync()
    {
        var marks = Sites.Select(site => (site.Process, site.Process.Mark)).ToList();
        var began = Stopwatch.GetTimestamp();
        await StartServerAsync();
        await await Task.WhenAny(marks.Select(each => each.Process.LineAsync("connected as", each.Mark)));
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>From now on the server dies, or waits, at a place.</summary>
    public void Arm(string place, string what = FaultPoint.Die) => FaultPoint.Write(Order, place, what);

    /// <summary>What waits in the server goes on; it dies nowhere any more.</summary>
    public void Disarm() => File.Delete(Order);

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
        var host = new CommandHost(output, error) { Profiles = new(Variable: null, folder, folder) };
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

    /// <summary>Begins the next round, and waits until so many things stand at a place in the server.</summary>
    /// <returns>Its number.</returns>
    public async Task<int> BeginUntilAsync(string place, int count)
    {
        Arm(place, FaultPoint.Wait);
        var mark = Server.Mark;
        var round = await BeginAsync();
        await Server.LinesAsync($"{FaultPoint.Waiting} {place}", count, mark);
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

    /// <summary>Ends all processes as an operator does, and proves that nothing was lost.</summary>
    public async Task CloseAsync()
    {
        Assert.True((await SayAsync("audit", "verify")).GetProperty("intact").GetBoolean());
        var seen = await StateAsync();
        foreach (var site in Sites) Assert.Equal(0, await site.Process.TerminateAsync());
        Assert.Equal(0, await Server.TerminateAsync());
        await Proof.CheckAsync(this, seen);
    }

    /// <summary>What all processes have said.</summary>
    public string Outputs() => string.Join(
        "\n", Sites.Select(site => $"== {site.Agent}\n{site.Process.Output}").Prepend($"== server\n{server?.Output}"));

    public async ValueTask DisposeAsync()
    {
        Disarm();
        foreach (var site in Sites) await site.DisposeAsync();
        if (server is not null) await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Task<AdminClient> ConnectAsync() => AdminClient.ConnectAsync(
        ProfileFile.Read(Path.Combine(ServerFolder, ProfilePlaces.OwnerFile)), TimeProvider.System,
        CancellationToken.None);

    private async Task EnrolAsync(Site site, string name, string client)
    {
        var invite = (await SayAsync("agents", "invite", name)).GetProperty("invite").GetString()!;
        using var output = new StringWriter();
        var code = await ClientAgent.Commands.CommandLine.RunAsync(
            ["enrol", invite, "--folder", site.Folder.Root],
            new(TextReader.Null, output, output) { Engine = ClientAgent.AgentEngine.Cpu });
        Assert.True(code == 0, $"{name} cannot enrol: {output}");
        await File.WriteAllTextAsync(site.Folder.Policy, JsonSerializer.Serialize(new
        {
            runs = new[] { Run.Value },
            baseModelFolder = RepositoryFiles.Path("samples", "base"),
            data = new
            {
                path = RepositoryFiles.Path("samples", "debian-topics", "debian_topics.tsv.gz"),
                idColumn = "id",
                splitColumn = "split",
                clientColumn = "client",
                clients = new[] { client },
            },
            nominalExamples = 200,
            budget = new { epsilon = 50, delta = 1e-5 },
            limits = new
            {
                noiseMultiplierMin = 0.3,
                clipMin = 0.1,
                clipMax = 10,
                samplingRateMax = 0.5,
                localStepsMax = 10,
            },
            threads = 1,
        }));
    }

    private string RunFile() => JsonSerializer.Serialize(new
    {
        model = RepositoryFiles.Path("samples", "base"),
        data = new
        {
            labels = (string[])
            [
                "admin", "database", "devel", "editors", "electronics", "fonts", "games", "graphics", "hamradio",
                "mail", "math", "net", "science", "sound", "text", "video", "web", "x11",
            ],
            tokensMax = 24,
        },
        method = new { name = "fedsvd", period = 1, start = "orthonormal" },
        lora = new { rank = 8, alpha = 8, targets = (string[])["query", "value"], head = "output" },
        rounds = plan.Rounds,
        training = new { optimizer = "sgd", learningRate = 0.3, localSteps = 4, samplingRate = 0.05 },
        privacy = new { epsilon = 8, delta = 1e-5, clip = 1 },
        weights = "equal",
        seed = 1,
        policy = new
        {
            selectingSeconds = 100,
            collectingSeconds = plan.CollectingSeconds,
            cohortSize = 3,
            quorum = plan.Quorum,
        },
        schedule = new { type = "manual" },
        shards = 2,
    });

    // Below those that the system itself gives to whoever dials: so none of them takes it while the server is down.
    private static int FreePort()
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
}
