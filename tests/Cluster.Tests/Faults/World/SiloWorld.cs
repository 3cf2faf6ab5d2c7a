using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Faults.Tests.Points;
using FedLowRank.Faults.Tests.Server;
using FedLowRank.Faults.Tests.Worlds;
using FedLowRank.Federation.Storage.Journals.Postgres;
using FedLowRank.Federation.Tests.Storage.Journals;
using FedLowRank.Silo.Commands;
using Npgsql;

namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>
/// A cluster of processes (PostgreSQL, three silos, and gateways behind one address) and its agents, each a process of
/// its own.
/// </summary>
internal sealed class SiloWorld : SiteWorld
{
    private const int SiloCount = 3;

    // Of each of the three pools of a process; a server takes a hundred connections.
    private const int PoolMax = 6;

    private readonly PrivatePostgres postgres = new();
    private readonly List<Member> silos = [];
    private readonly List<Member> gateways = [];
    private readonly List<Relay> relays = [];
    private readonly SiloPlan plan;
    private string database = "";

    private SiloWorld(SiloPlan plan)
        : base(plan.Run) => this.plan = plan;

    public override string BlobFolder => Path.Combine(Folder, "blobs");

    public IReadOnlyList<Member> Silos => silos;

    public IReadOnlyList<Member> Gateways => gateways;

    /// <summary>Where the first silo is.</summary>
    public Island Island => plan.Island!;

    /// <summary>The database server.</summary>
    public PrivatePostgres Postgres => postgres;

    /// <summary>Configuration of the first silo with which it reaches the database over the network alone.</summary>
    public string RemoteConfig { get; private set; } = "";

    /// <summary>The silo on which the run is: the one that stored its last entry.</summary>
    public Member Host => silos.MaxBy(silo => silo.Stored is [.., var last] ? last : 0)!;

    protected override string Profile => Path.Combine(Folder, "owner.json");

    private string Order => Path.Combine(Folder, "members.fault");

    private IEnumerable<Member> Members => silos.Concat(gateways);

    /// <summary>A world with a started run and connected agents; null where there is no PostgreSQL.</summary>
    public static async Task<SiloWorld?> StartAsync(SiloPlan plan)
    {
        var world = new SiloWorld(plan);
        try
        {
            if (!world.postgres.IsInstalled)
            {
                await world.DisposeAsync();
                return null;
            }

            await world.StartMembersAsync();
            await world.BeginRunAsync();
            return world;
        }
        catch (Exception error)
        {
            var said = world.MemberOutputs();
            await world.DisposeAsync();
            throw new InvalidOperationException($"the world did not start:\n{said}", error);
        }
    }

    /// <summary>From now on the first process that comes to a place dies, or all that come there wait.</summary>
    public void Arm(string place, string what = FaultPoint.Die) => FaultPoint.Write(Order, place, what);

    /// <summary>What waits goes on; nobody dies any more.</summary>
    public void Disarm() => File.Delete(Order);

    /// <summary>All agents go on.</summary>
    public void Release()
    {
        foreach (var site in Sites) site.Disarm();
    }

    /// <summary>Begins the next round, and waits until one of several processes stands at a place.</summary>
    /// <returns>Which one, and the round's number.</returns>
    public async Task<(Member At, int Round)> BeginUntilAsync(string place, IReadOnlyList<Member> among)
    {
        Arm(place, FaultPoint.Wait);
        var marks = among.Select(member => (member, member.Process.Mark)).ToList();
        var round = await BeginAsync();
        var waits = marks.Select(each => each.member.Process.LineAsync($"{FaultPoint.Waiting} {place}", each.Mark))
            .ToList();
        var first = await Task.WhenAny(waits);
        await first;
        return (among[waits.IndexOf(first)], round);
    }

    /// <summary>Waits until one of the silos has died.</summary>
    public async Task<Member> DeathAsync()
    {
        var ends = silos.Select(silo => silo.Process.EndAsync()).ToList();
        var first = await Task.WhenAny(ends);
        try
        {
            await first;
        }
        catch (InvalidOperationException error)
        {
            var state = await StateAsync();
            throw new InvalidOperationException(
                $"no silo dies; the run is {state.Status}, it sees {string.Join(", ", state.Agents)}\n{Outputs()}",
                error);
        }

        return silos[ends.IndexOf(first)];
    }

    /// <summary>Waits for the end of a round that must need one attempt, in which all updates count.</summary>
    /// <returns>How long it takes, in seconds.</returns>
    public async Task<double> GoesOnAsync(int round)
    {
        var began = Stopwatch.GetTimestamp();
        var report = Assert.Single(await UntilDoneAsync(round));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Assert.True(Sites.All(site => site.In(report) is Standing.Delivered), $"{report}\n{Outputs()}");
        foreach (var site in Sites) Assert.Single(site.ChargesOf(round));
        return seconds;
    }

    /// <summary>Has the run hosted by a silo: all others leave, and come back.</summary>
    public async Task MoveRunAsync(Member to)
    {
        var others = silos.Where(silo => silo != to).ToList();
        var (isThere, mark) = (Host == to, to.Process.Mark);
        foreach (var silo in others) Assert.Equal(0, await silo.Process.TerminateAsync());
        if (!isThere) await to.Process.LineAsync($"{FaultyJournal.Stored} ", mark);
        await Task.WhenAll(others.Select(silo => silo.StartAsync()));
    }

    /// <summary>Ends all processes as an operator does, and proves that nothing was lost.</summary>
    public async Task CloseAsync()
    {
        var seen = await EndAgentsAsync();
        foreach (var member in gateways.Concat(silos)) Assert.Equal(0, await member.Process.TerminateAsync());

        // No two activations of the run have stored the same entry.
        Assert.Distinct(silos.SelectMany(silo => silo.EverStored));
        await using var journal = await PostgresJournal.OpenAsync(database);
        await Proof.CheckAsync(this, journal, seen);
    }

    public override string Outputs() => $"{base.Outputs()}\n{MemberOutputs()}";

    public override async ValueTask DisposeAsync()
    {
        Disarm();
        foreach (var member in Members) await member.DisposeAsync();
        foreach (var relay in relays) await relay.DisposeAsync();
        await postgres.DisposeAsync();
        if (plan.Island is not null) await plan.Island.DisposeAsync();
        await base.DisposeAsync();
    }

    private string MemberOutputs() =>
        string.Join('\n', Members.Select(member => $"== {member.Name}\n{member.Output}"));

    private async Task StartMembersAsync()
    {
        await postgres.InitializeAsync();
        var connection = new NpgsqlConnectionStringBuilder(await postgres.EmptyDatabaseAsync())
        {
            MaxPoolSize = PoolMax,
        };
        database = connection.ConnectionString;
        var files = new MemberFiles(Folder) { Database = database, Blobs = BlobFolder };
        AddSilos(files, connection);
        AddGateways(files);
        using var said = new StringWriter();
        var exit = await CommandLine.RunAsync(["schema", "--config", silos[0].Config], new(said, said));
        Assert.True(exit == 0, said.ToString());

        await Task.WhenAll(silos.Select(silo => silo.StartAsync()));
        await Task.WhenAll(gateways.Select(gateway => gateway.StartAsync()));
    }

    private void AddSilos(MemberFiles files, NpgsqlConnectionStringBuilder connection)
    {
        var address = plan.Island?.Outside ?? IPAddress.Loopback;
        for (var silo = 1; silo <= SiloCount; silo++)
        {
            var name = $"silo-{silo}";
            var ports = (FreePort(), FreePort());
            if (silo > 1 || plan.Island is not { } island)
            {
                silos.Add(new(name, Order) { Config = files.Silo(name, address, ports) });
                continue;
            }

            // A socket of the file system reaches into the island, whatever becomes of the cable.
            silos.Add(new(name, Order) { Config = files.Silo(name, island.Inside, ports), By = island.By });
            var socket = new UnixDomainSocketEndPoint(Path.Combine(connection.Host!, ".s.PGSQL.5432"));
            var relay = new Relay(island.Outside, socket);
            relays.Add(relay);
            var remote = new NpgsqlConnectionStringBuilder(connection.ConnectionString)
            {
                Host = island.Outside.ToString(),
                Port = relay.Port,
            };
            RemoteConfig = files.Silo($"{name}-remote", island.Inside, ports, remote.ConnectionString);
        }
    }

    private void AddGateways(MemberFiles files)
    {
        var ports = Enumerable.Range(0, plan.Gateways).Select(_ => (Agents: FreePort(), Admin: FreePort())).ToList();
        var agents = Balance(ports.Select(each => each.Agents));
        var admin = Balance(ports.Select(each => each.Admin));
        for (var gateway = 0; gateway < ports.Count; gateway++)
        {
            var name = $"gateway-{gateway + 1}";
            var profile = gateway == 0 ? Profile : null;
            gateways.Add(new(name, Order)
            {
                Config = files.Gateway(name, (ports[gateway].Agents, agents), (ports[gateway].Admin, admin), profile),
            });
        }
    }

    private Uri Balance(IEnumerable<int> ports)
    {
        var relay = new Relay(
            IPAddress.Loopback, [.. ports.Select(port => (EndPoint)new IPEndPoint(IPAddress.Loopback, port))]);
        relays.Add(relay);
        return new($"https://localhost:{relay.Port}");
    }
}
