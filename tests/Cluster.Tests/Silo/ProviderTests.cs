using System.Net;
using FedLowRank.Federation.Tests.Storage.Journals;
using FedLowRank.Silo.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Configuration;
using Orleans.Runtime.Membership;
using Orleans.Runtime.MembershipService;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>
/// Goal: our statements do what Orleans' ADO.NET providers ask of them. Method: the providers themselves.
/// </summary>
[Collection(SharesPostgres.Name)]
public sealed class ProviderTests(PrivatePostgres server) : IAsyncLifetime
{
    private static readonly DateTime Noon = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
    private NpgsqlDataSource source = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server.Require();
        source = OrleansHosting.Members(await ClusterDatabase.NewAsync(server));
    }

    public async ValueTask DisposeAsync() => await (source?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Fact]
    public async Task A_cluster_begins_empty_and_clusters_do_not_see_each_other()
    {
        var (one, two) = (await MembersAsync("one"), await MembersAsync("two"));
        Assert.True(await one.InsertRowAsync(Silo(1), (await one.ReadAllAsync(Token)).Version.Next(), Token));
        Assert.Empty((await two.ReadAllAsync(Token)).Members);
        await two.DeleteMembershipTableEntriesAsync("two", Token);
        Assert.Single((await one.ReadAllAsync(Token)).Members);
    }

    [Fact]
    public async Task A_silo_comes_back_as_it_was_written()
    {
        var table = await MembersAsync();
        var silo = Silo(1);
        Assert.True(await table.InsertRowAsync(silo, (await table.ReadAllAsync(Token)).Version.Next(), Token));
        var (read, etag) = Assert.Single((await table.ReadRowAsync(silo.SiloAddress, Token)).Members);
        Assert.Equal(
            (silo.SiloAddress, silo.SiloName, silo.HostName, silo.Status, silo.ProxyPort, silo.StartTime),
            (read.SiloAddress, read.SiloName, read.HostName, read.Status, read.ProxyPort, read.StartTime));
        Assert.Equal(silo.IAmAliveTime, read.IAmAliveTime);
        Assert.Empty(read.SuspectTimes ?? []);

        read.Status = SiloStatus.Dead;
        read.AddSuspector(Silo(2).SiloAddress, Noon.AddSeconds(9));
        Assert.True(await table.UpdateRowAsync(read, etag, (await table.ReadAllAsync(Token)).Version.Next(), Token));
        var (again, _) = Assert.Single((await table.ReadAllAsync(Token)).Members);
        Assert.Equal(SiloStatus.Dead, again.Status);
        Assert.Equal([new(Silo(2).SiloAddress, Noon.AddSeconds(9))], again.SuspectTimes);
    }

    [Fact]
    public async Task Of_two_that_change_the_same_version_one_is_refused()
    {
        var table = await MembersAsync();
        var version = (await table.ReadAllAsync(Token)).Version.Next();
        var inserts = await Task.WhenAll(
            Enumerable.Range(1, 8).Select(i => Task.Run(() => table.InsertRowAsync(Silo(i), version, Token))));
        Assert.Single(inserts, done => done);
        var all = await table.ReadAllAsync(Token);
        var (silo, etag) = Assert.Single(all.Members);
        Assert.Equal(1, all.Version.Version);

        Assert.False(await table.InsertRowAsync(silo, all.Version.Next(), Token));
        Assert.False(await table.UpdateRowAsync(Silo(99), etag, all.Version.Next(), Token));
        Assert.Equal(1, (await table.ReadAllAsync(Token)).Version.Version);
        var updates = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Task.Run(
                () => table.UpdateRowAsync(silo, etag, all.Version.Next(), Token))));
        Assert.Single(updates, done => done);
        Assert.Equal(2, (await table.ReadAllAsync(Token)).Version.Version);
    }

    [Fact]
    public async Task A_silo_says_that_it_is_alive_and_old_dead_ones_are_swept()
    {
        var table = await MembersAsync();
        foreach (var (number, status) in new[] { (1, SiloStatus.Active), (2, SiloStatus.Dead), (3, SiloStatus.Dead) })
        {
            var silo = Silo(number);
            silo.Status = status;
            Assert.True(await table.InsertRowAsync(silo, (await table.ReadAllAsync(Token)).Version.Next(), Token));
        }

        var alive = Silo(3);
        alive.IAmAliveTime = Noon.AddHours(2);
        await table.UpdateIAmAliveAsync(alive, Token);
        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(Noon.AddHours(1)), Token);
        var left = (await table.ReadAllAsync(Token)).Members.Select(row => row.Item1.IAmAliveTime);
        Assert.Equal([Noon, Noon.AddHours(2)], left.Order());
    }

    [Fact]
    public async Task Clients_find_the_silos_that_are_active_and_take_clients()
    {
        var table = await MembersAsync();
        foreach (var (number, status, port) in new[]
        {
            (1, SiloStatus.Active, 30001), (2, SiloStatus.Joining, 30002), (3, SiloStatus.Active, 0),
        })
        {
            var silo = Silo(number);
            (silo.Status, silo.ProxyPort) = (status, port);
            Assert.True(await table.InsertRowAsync(silo, (await table.ReadAllAsync(Token)).Version.Next(), Token));
        }

        var list = new AdoNetGatewayListProvider(
            NullLogger<AdoNetGatewayListProvider>.Instance, new ServiceCollection().BuildServiceProvider(),
            Options.Create(new AdoNetClusteringClientOptions { Invariant = "Npgsql", DataSource = source }),
            Options.Create(new GatewayOptions()), Options.Create(new ClusterOptions { ClusterId = "c" }));
        await list.InitializeGatewayListProvider();
        Assert.Equal(30001, Assert.Single(await list.GetGateways()).Port);
    }

    [Fact]
    public async Task Reminders_are_kept_found_by_range_and_deleted_by_version()
    {
        var table = await RemindersAsync();
        var grains = Enumerable.Range(0, 40).Select(i => GrainId.Create("run", $"r{i}")).ToList();
        foreach (var grain in grains) await table.UpsertRow(Reminder(grain, "tick"), Token);
        var first = Reminder(grains[0], "tock");
        var etag = (await table.UpsertRow(first, Token))!;

        var read = (await table.ReadRow(grains[0], "tock", Token))!;
        Assert.Equal((first.StartAt, first.Period, etag), (read.StartAt, read.Period, read.ETag));
        Assert.Equal(2, (await table.ReadRows(grains[0], Token)).Reminders.Count);
        Assert.Null(await table.ReadRow(grains[0], "none", Token));
        foreach (var (begin, end) in new[]
        {
            (0u, uint.MaxValue), (7u, 7u), (0x40000000u, 0xC0000000u), (0xC0000000u, 0x40000000u), (1u << 31, 5u),
        })
        {
            var found = (await table.ReadRows(begin, end, Token)).Reminders.Select(row => row.GrainId).Distinct();
            Assert.Equal(
                grains.Where(grain => IsWithin(grain.GetUniformHashCode(), begin, end)).OrderBy(grain => $"{grain}"),
                found.OrderBy(grain => $"{grain}"));
        }

        var newer = (await table.UpsertRow(first, Token))!;
        Assert.NotEqual(etag, newer);
        Assert.False(await table.RemoveRow(grains[0], "tock", etag, Token));
        Assert.True(await table.RemoveRow(grains[0], "tock", newer, Token));
        Assert.False(await table.RemoveRow(grains[0], "tock", newer, Token));

        // One made anew is another: whoever remembers the old one does not delete it.
        await table.UpsertRow(first, Token);
        Assert.False(await table.RemoveRow(grains[0], "tock", newer, Token));
        await table.TestOnlyClearTable(Token);
        Assert.Empty((await table.ReadRows(0, 0, Token)).Reminders);
    }

    // Orleans' ranges: without their begin, with their end, and round the ring where they go past its top.
    private static bool IsWithin(uint hash, uint begin, uint end) =>
        begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;

    private static ReminderEntry Reminder(GrainId grain, string name) => new()
    {
        GrainId = grain,
        ReminderName = name,
        StartAt = Noon,
        Period = TimeSpan.FromDays(60),
    };

    private static MembershipEntry Silo(int number) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Parse("10.0.0.1"), 11111, number),
        SiloName = $"silo {number}",
        HostName = "host",
        Status = SiloStatus.Active,
        ProxyPort = 30000,
        StartTime = Noon,
        IAmAliveTime = Noon,
    };

    private async Task<AdoNetClusteringTable> MembersAsync(string cluster = "c")
    {
        var table = new AdoNetClusteringTable(
            new ServiceCollection().BuildServiceProvider(), Options.Create(new ClusterOptions { ClusterId = cluster }),
            Options.Create(new AdoNetClusteringSiloOptions { Invariant = "Npgsql", DataSource = source }),
            NullLogger<AdoNetClusteringTable>.Instance);
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, Token);
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, Token);
        Assert.Empty((await table.ReadAllAsync(Token)).Members);
        return table;
    }

    private async Task<IReminderTable> RemindersAsync()
    {
        var table = new ServiceCollection().AddLogging()
            .Configure<ClusterOptions>(options => options.ServiceId = "s")
            .UseAdoNetReminderService(options => options.Configure(reminders =>
                (reminders.Invariant, reminders.DataSource) = ("Npgsql", source)))
            .BuildServiceProvider().GetRequiredService<IReminderTable>();
        await table.StartAsync(TestContext.Current.CancellationToken);
        return table;
    }
}
