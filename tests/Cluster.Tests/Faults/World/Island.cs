using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;

namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>
/// A network namespace for one silo, tied to this one by a pair of virtual devices: a cable that can be pulled, so that
/// nothing passes and nobody is told. It needs Linux, root and the program <c>ip</c>.
/// </summary>
internal sealed class Island : IAsyncDisposable
{
    private const int NetsMax = 250;

    private readonly string name;
    private readonly string outer;
    private readonly string inner;

    private Island(int net)
    {
        name = $"fedlowrank-{net}";
        (outer, inner) = ($"fed{net}out", $"fed{net}in");
        Outside = IPAddress.Parse($"10.213.{net}.1");
        Inside = IPAddress.Parse($"10.213.{net}.2");
    }

    /// <summary>This side's address.</summary>
    public IPAddress Outside { get; }

    /// <summary>The island's address.</summary>
    public IPAddress Inside { get; }

    /// <summary>What runs a program there.</summary>
    public string[] By => ["ip", "netns", "exec", name];

    /// <summary>Makes one; skips the test where that cannot be.</summary>
    public static async Task<Island> OpenAsync()
    {
        var island = new Island(RandomNumberGenerator.GetInt32(1, NetsMax));
        try
        {
            await IpAsync("netns", "add", island.name);
            await IpAsync(
                "link", "add", island.outer, "type", "veth", "peer", "name", island.inner, "netns", island.name);
            await IpAsync("address", "add", $"{island.Outside}/30", "dev", island.outer);
            await IpAsync("link", "set", island.outer, "up");
            await IpAsync("-n", island.name, "address", "add", $"{island.Inside}/30", "dev", island.inner);
            await IpAsync("-n", island.name, "link", "set", "lo", "up");
            await island.MendAsync();
            return island;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            await island.DisposeAsync();
            Assert.Skip($"network namespaces cannot be had here: {error.Message}");
            throw;
        }
    }

    /// <summary>Pulls the cable.</summary>
    public Task CutAsync() => IpAsync("-n", name, "link", "set", inner, "down");

    /// <summary>Plugs it in.</summary>
    public Task MendAsync() => IpAsync("-n", name, "link", "set", inner, "up");

    /// <summary>With the namespace its devices go.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await IpAsync("netns", "delete", name);
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It was never made.
        }
    }

    private static async Task IpAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("ip", arguments) { UseShellExecute = false, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error}");
    }
}
