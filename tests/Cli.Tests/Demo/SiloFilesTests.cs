using System.Text.Json;
using FedLowRank.Cli.Demo.Servers;

namespace FedLowRank.Cli.Tests.Demo;

public sealed class SiloFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;
    private readonly SiloFiles files;

    public SiloFilesTests() => files = new(Path.Combine(folder, "cluster"), "Host=here;Password=secret");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Silos_have_ports_of_their_own_and_share_all_else()
    {
        var silos = files.WriteSilos(3).Select(Read).ToList();
        var ports = silos.Select(silo => silo.GetProperty("silo"))
            .SelectMany(silo => new[] { silo.GetProperty("endpoint"), silo.GetProperty("gateway") })
            .Select(endpoint => endpoint.GetString()).ToList();
        Assert.Equal(6, ports.Distinct().Count());
        Assert.All(ports, port => Assert.Matches(@"^127\.0\.0\.1:[1-9][0-9]*$", port));
        Assert.All(silos, silo => Assert.Equal("""["silo"]""", silo.GetProperty("roles").GetRawText()));
        foreach (var shared in (string[])["cluster", "databaseFile", "blobs", "passphraseFile"])
            Assert.Single(silos.Select(silo => silo.GetProperty(shared).GetRawText()).Distinct());
        foreach (var closed in (string[])["agents", "admin"])
            Assert.DoesNotContain(silos, silo => silo.TryGetProperty(closed, out _));
    }

    [Fact]
    public void The_gateway_listens_on_loopback_only_and_shares_the_silos_secrets()
    {
        var gateway = Read(files.WriteGateway(Path.Combine(folder, "owner.json")));
        var silo = Read(files.WriteSilos(1)[0]);
        Assert.Equal("""["gateway"]""", gateway.GetProperty("roles").GetRawText());
        Assert.All(
            ["agents", "admin", "health"],
            name => Assert.Equal("127.0.0.1:0", gateway.GetProperty(name).GetString()));
        Assert.All(
            ["cluster", "databaseFile", "passphraseFile"],
            name => Assert.Equal(silo.GetProperty(name).GetString(), gateway.GetProperty(name).GetString()));
        Assert.False(gateway.TryGetProperty("silo", out _));
    }

    [Fact]
    public void No_configuration_holds_a_secret_and_only_their_owner_reads_those()
    {
        var config = files.WriteSilos(1)[0];
        var silo = Read(config);
        Assert.DoesNotContain("Password", File.ReadAllText(config), StringComparison.Ordinal);
        Assert.Equal("Host=here;Password=secret", File.ReadAllText(silo.GetProperty("databaseFile").GetString()!));
        Assert.True(File.ReadAllText(silo.GetProperty("passphraseFile").GetString()!).Length >= 64);
        if (OperatingSystem.IsWindows()) return;
        foreach (var name in (string[])["databaseFile", "passphraseFile"])
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(silo.GetProperty(name).GetString()!));
        }
    }

    private static JsonElement Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }
}
