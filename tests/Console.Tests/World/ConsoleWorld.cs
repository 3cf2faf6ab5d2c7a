using FedLowRank.Cli.Admin;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.ConsoleTests.World;

/// <summary>
/// A server with three agents, a private run, and people of each role; for the tests of several classes.
/// </summary>
public sealed class ConsoleWorld : IAsyncLifetime
{
    private readonly Dictionary<string, string> tokens = [];
    private FedLowRank.Faults.Tests.Worlds.World? world;

    /// <summary>The server and its agents.</summary>
    internal FedLowRank.Faults.Tests.Worlds.World World => world!;

    /// <summary>Where people connect.</summary>
    internal Uri Root => Owner.Server;

    /// <summary>The owner's profile.</summary>
    internal Profile Owner { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        world = await FedLowRank.Faults.Tests.Worlds.World.StartAsync(new() { Rounds = 8 });
        var profile = Path.Combine(world.ServerFolder, ProfilePlaces.OwnerFile);
        Owner = ProfileFile.Read(profile);
        tokens["owner"] = Owner.Token!;
        foreach (var role in (string[])["operator", "viewer"])
            tokens[role] = await MakeUserAsync($"the-{role}", role);
    }

    /// <summary>The token of whoever has the role.</summary>
    internal string TokenOf(string role) => tokens[role];

    /// <summary>One more person.</summary>
    internal async Task<string> MakeUserAsync(string name, string role) =>
        (await World.SayAsync("users", "create", name, "--role", role)).GetProperty("token").GetString()!;

    public async ValueTask DisposeAsync()
    {
        if (world is not null) await world.DisposeAsync();
    }
}
