using System.Diagnostics;
using System.Globalization;
using System.Net;
using FedLowRank.Cli.Admin;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Faults.Tests.Processes;
using FedLowRank.Faults.Tests.Server;
using FedLowRank.Federation.Storage.Journals.Sqlite;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Faults.Tests.Worlds;

/// <summary>A server and its agents as processes.</summary>
internal sealed class World : SiteWorld
{
    private readonly int agentPort = FreePort();
    private readonly int adminPort = FreePort();
    private Running? server;

    private World(WorldPlan plan)
        : base(plan)
    {
    }

    /// <summary>The server's process; the last one where none runs.</summary>
    public Running Server => server!;

    /// <summary>The server's folder.</summary>
    public string ServerFolder => Path.Combine(Folder, ProfilePlaces.ServerFolder);

    public override string BlobFolder => ServerFolder;

    /// <summary>While this file is there, the server's disk is full.</summary>
    public string DiskFullSign => Path.Combine(Folder, "disk-full");

    /// <summary>What the server's clock is off by.</summary>
    public string Clock => Path.Combine(Folder, "clock");

    /// <summary>Where the agents dial.</summary>
    public IPEndPoint AgentEndpoint => new(IPAddress.Loopback, agentPort);

    protected override string Profile => Path.Combine(ServerFolder, ProfilePlaces.OwnerFile);

    private string Order => Path.Combine(Folder, "server.fault");

    /// <summary>A world with a started run and connected agents.</summary>
    public static async Task<World> StartAsync(WorldPlan plan)
    {
        var world = new World(plan);
        try
        {
            await world.StartServerAsync();
            await world.BeginRunAsync();
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

    /// <summary>Ends all processes as an operator does, and proves that nothing was lost.</summary>
    public async Task CloseAsync()
    {
        var seen = await EndAgentsAsync();
        Assert.Equal(0, await Server.TerminateAsync());
        await using var journal = await SqliteJournal.OpenAsync(ServerFolder);
        await Proof.CheckAsync(this, journal, seen);
    }

    public override string Outputs() => $"{base.Outputs()}\n== server\n{server?.Output}";

    public override async ValueTask DisposeAsync()
    {
        Disarm();
        if (server is not null) await server.DisposeAsync();
        await base.DisposeAsync();
    }
}
