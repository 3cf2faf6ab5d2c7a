using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Tests.Work;

/// <summary>
/// Goal: an update goes past the server only where the owner allows it, and is never lost for it. Method: the whole
/// agent, a scripted server and a storage of its own.
/// </summary>
public class DirectUploadTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Where_the_owner_allows_the_host_the_update_goes_there_as_far_as_that_leads(int takenMax)
    {
        await using var world = await AgentWorld.StartAsync();
        await using var storage = await FakeStorage.StartAsync(world.Server);
        storage.TakenMax = takenMax;
        Allow(world, storage.Host);
        await DeliverAsync(world);
        var pieces = (int)((world.Form().Bytes + FakeStorage.PieceBytes - 1) / FakeStorage.PieceBytes);
        Assert.True(pieces > 2, $"{pieces} pieces");
        Assert.Equal(Math.Min(pieces, takenMax), storage.TakenCount);
        Assert.Equal(takenMax < pieces, world.Server.Requests.Any(request => request.Method == "PATCH"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("example.blob.core.windows.net")]
    [InlineData("127.0.0.1")]
    public async Task Where_the_owner_does_not_the_server_gets_it(string? allowed)
    {
        await using var world = await AgentWorld.StartAsync();
        await using var storage = await FakeStorage.StartAsync(world.Server);
        if (allowed is not null) Allow(world, allowed);
        await DeliverAsync(world);
        Assert.Equal(0, storage.TakenCount);
        Assert.Contains(world.Server.Requests, request => request.Method == "PATCH");
    }

    [Theory]
    [InlineData("https://x.blob.core.windows.net/c/u?sig=s", 4096, true)]
    [InlineData("https://X.blob.core.windows.net/c/u?sig=s", 4096, true)]
    [InlineData("http://127.0.0.1:99/c/u?sig=s", 4096, true)]
    [InlineData("http://x.blob.core.windows.net/c/u?sig=s", 4096, false)]
    [InlineData("https://x.blob.core.windows.net:8443/c/u?sig=s", 4096, false)]
    [InlineData("https://y.blob.core.windows.net/c/u?sig=s", 4096, false)]
    [InlineData("https://me@x.blob.core.windows.net/c/u?sig=s", 4096, false)]
    [InlineData("file://x.blob.core.windows.net/c/u?sig=s", 4096, false)]
    [InlineData("/c/u?sig=s", 4096, false)]
    [InlineData("https://x.blob.core.windows.net/c/u?sig=s", 0, false)]
    [InlineData("https://x.blob.core.windows.net/c/u?sig=s", int.MaxValue, false)]
    public void A_link_leads_only_to_a_host_that_is_named_and_proves_itself(string address, int pieceBytes, bool isGood)
    {
        var link = new StagingLink(new(address, UriKind.RelativeOrAbsolute), DateTimeOffset.UtcNow, pieceBytes);
        Assert.Equal(isGood, StorageLink.IsAllowed(link, ["x.blob.core.windows.net", "127.0.0.1:99"]));
    }

    private static void Allow(AgentWorld world, string host) => world.WritePolicy(
        ("\"nominalExamples\": 40,", $"\"nominalExamples\": 40, \"uploads\": {{ \"hosts\": [\"{host}\"] }},"));

    /// <summary>Lets the agent train a round; the server then has its update, whole.</summary>
    private static async Task DeliverAsync(AgentWorld world)
    {
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Training, new RoundId(1, 1), start);
            await RoundTests.SettledAsync(world);
        });
        Assert.Single(world.Server.Receipts);
    }
}
