using System.Text.Json.Nodes;
using FedLowRank.Federation.Configuration;
using FedLowRank.Silo.Configuration;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>Goal: a configuration says all that a process is, and every fault of it is named with its field.</summary>
public sealed class ConfigTests : IDisposable
{
    private const string Whole = """
        {
          "cluster": "hospital", "databaseFile": "db", "passphraseFile": "pass",
          "blobs": { "folder": "blobs" },
          "silo": { "endpoint": "10.0.0.1:11111", "gateway": "10.0.0.1:30000" },
          "agents": "0.0.0.0:8443", "admin": "0.0.0.0:8444", "names": ["fed.example.org"],
          "agentAddress": "https://fed.example.org", "ownerProfile": "owner.json",
          "health": "127.0.0.1:8080", "telemetry": "http://127.0.0.1:4317", "drainSeconds": 5, "detectionSeconds": 20
        }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    public ConfigTests()
    {
        WriteSecret("db", "Host=db;Username=u;Password=secret;Database=d\n");
        WriteSecret("pass", "correct horse battery\n");
        WriteSecret("short", "eleven char");
        WriteSecret("empty", "\n");
        File.WriteAllText(Path.Combine(folder, "open"), "correct horse battery");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_whole_configuration_is_read()
    {
        var config = Read(Whole);
        var storage = Assert.IsType<StorageConfig.Shared>(config.Storage);
        Assert.Equal("Host=db;Username=u;Password=secret;Database=d", storage.Database);
        Assert.Equal(new BlobsConfig.Folder(Path.Combine(folder, "blobs")), storage.Blobs);
        Assert.Equal("correct horse battery", config.Passphrase);
        Assert.Equal("10.0.0.1:30000", config.Silo!.Gateway.ToString());
        Assert.Equal(["fed.example.org", "localhost", "127.0.0.1", "::1"], config.Gateway!.Names);
        Assert.Equal("https://fed.example.org/", config.Gateway.AgentAddress!.AbsoluteUri);
        Assert.Equal(Path.Combine(folder, "owner.json"), config.OwnerProfile);
        Assert.Equal((5, 5, 20), (
            config.Drain.TotalSeconds, config.Gateway.Limits.StopTimeout.TotalSeconds, config.Detection.TotalSeconds));
        Assert.DoesNotContain("secret", $"{config}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_role_that_is_not_named_is_not_taken()
    {
        Assert.Null(Read(Shared("""
            "roles": ["silo"], "silo": { "endpoint": "10.0.0.1:1", "gateway": "10.0.0.1:2" }
            """)).Gateway);
        Assert.Null(Read(Shared("""
            "roles": ["gateway"], "agents": "127.0.0.1:0", "admin": "127.0.0.1:0"
            """)).Silo);
    }

    [Fact]
    public void A_folder_is_all_that_development_needs()
    {
        var config = Read("""{ "folder": "data", "agents": "127.0.0.1:0", "admin": "127.0.0.1:0" }""");
        Assert.Equal(new StorageConfig.Folder(Path.Combine(folder, "data")), config.Storage);
        Assert.NotNull(config.Silo);
        Assert.NotNull(config.Gateway);
        Assert.Null(config.Passphrase);
    }

    [Theory]
    [InlineData("""{ "service": "https://x.blob.core.windows.net" }""", "container")]
    [InlineData("""{ "container": "fed" }""", "service")]
    [InlineData("""{ "container": "fed", "service": "https://x", "connectionStringFile": "db" }""", "service")]
    [InlineData("""{ "container": "Fed", "service": "https://x" }""", "\"Fed\"")]
    [InlineData("""{ "container": "fed", "service": "http://x" }""", "http://x")]
    [InlineData("""{ "container": "fed", "service": "https://x", "more": 1 }""", "blobs.azure.more")]
    [InlineData("""{ "container": "fed", "connectionStringFile": "pass" }""", "storage account")]
    public void Faults_of_blobs_on_Azure_are_named(string azure, string named) => Fails(
        $$"""
        { "databaseFile": "db", "passphraseFile": "pass", "blobs": { "azure": {{azure}} }, "roles": ["gateway"],
          "agents": "127.0.0.1:0" }
        """, named);

    [Theory]
    [InlineData("\"cluster\": \"a b\"", "cluster", "a b")]
    [InlineData("\"roles\": [\"silo\", \"leader\"]", "roles", "leader")]
    [InlineData("\"roles\": [\"silo\", \"silo\"]", "roles", "twice")]
    [InlineData("\"roles\": []", "roles", "at least one")]
    [InlineData("\"silo\": { \"endpoint\": \"0.0.0.0:1\", \"gateway\": \"0.0.0.0:2\" }", "silo.endpoint", "0.0.0.0:1")]
    [InlineData("\"silo\": { \"endpoint\": \"10.0.0.1:0\", \"gateway\": \"10.0.0.1:2\" }", "silo.endpoint", ":0")]
    [InlineData("\"silo\": { \"endpoint\": \"10.0.0.1:1\", \"gateway\": \"10.0.0.2:2\" }", "silo.gateway", "10.0.0.2")]
    [InlineData("\"silo\": { \"endpoint\": \"10.0.0.1:1\", \"gateway\": \"10.0.0.1:1\" }", "silo.gateway", "another")]
    [InlineData("\"silo\": { \"endpoint\": \"10.0.0.1:1\" }", "silo.gateway", "missing")]
    [InlineData("\"silo\": { \"endpoint\": \"ten:1\", \"gateway\": \"10.0.0.1:2\" }", "silo.endpoint", "ten:1")]
    [InlineData("\"drainSeconds\": -1", "drainSeconds", "0 to 3600")]
    [InlineData("\"detectionSeconds\": 4", "detectionSeconds", "5 to 120")]
    [InlineData("\"telemetry\": \"127.0.0.1:4317\"", "telemetry", "127.0.0.1:4317")]
    [InlineData("\"health\": \"8080\"", "health", "8080")]
    [InlineData("\"adminAddress\": \"http://x\"", "adminAddress", "http://x")]
    [InlineData("\"passphraseFile\": \"short\"", "passphraseFile", "11 characters")]
    [InlineData("\"passphraseFile\": \"empty\"", "passphraseFile", "empty")]
    [InlineData("\"passphraseFile\": \"nowhere\"", "passphraseFile", "no such file")]
    [InlineData("\"passphraseFile\": null", "passphraseFile", "missing")]
    [InlineData("\"database\": \"Host=x\"", "database", "exactly one")]
    [InlineData("\"databaseFile\": \"pass\"", "databaseFile", "connection string")]
    [InlineData("\"blobs\": {}", "blobs", "exactly one")]
    [InlineData("\"folder\": \"data\"", "blobs", "development")]
    [InlineData("\"oidc\": { \"issuer\": \"https://i\" }", "oidc.audience", "missing")]
    [InlineData("\"aggents\": \"127.0.0.1:1\"", "aggents", "no known field")]
    [InlineData("\"roles\": [\"silo\"]", "agents", "gateway, which alone")]
    [InlineData("\"roles\": [\"gateway\"]", "silo", "silo, which alone")]
    public void Every_fault_is_named_with_field_and_value(string member, string field, string value)
    {
        var all = JsonNode.Parse(Whole)!.AsObject();
        foreach (var (name, changed) in JsonNode.Parse($"{{{member}}}")!.AsObject()) all[name] = changed?.DeepClone();
        Fails(all.ToJsonString(), field, value);
    }

    [Fact]
    public void Files_of_secrets_are_closed_to_others()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode there");
        Fails("""{ "folder": "data", "passphraseFile": "open", "agents": "127.0.0.1:0" }""", "0600");
    }

    [Fact]
    public void Names_are_needed_where_agents_come_from_elsewhere() =>
        Fails(Shared("\"roles\": [\"gateway\"], \"agents\": \"0.0.0.0:8443\""), "names", "missing");

    private static string Shared(string members) =>
        $$"""{ "databaseFile": "db", "passphraseFile": "pass", "blobs": { "folder": "blobs" }, {{members}} }""";

    private void Fails(string json, params string[] named)
    {
        var error = Assert.Throws<ConfigException>(() => Read(json));
        foreach (var part in named) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", error.Message, StringComparison.Ordinal);
    }

    private SiloConfig Read(string json)
    {
        var path = Path.Combine(folder, "silo.json");
        File.WriteAllText(path, json);
        return SiloConfigFile.Read(path);
    }

    private void WriteSecret(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
