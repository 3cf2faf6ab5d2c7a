using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Cli.Tests.Admin;

/// <summary>Profile files, and where they are looked for.</summary>
public sealed class ProfileTests : IDisposable
{
    private const string Fingerprint = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private ProfilePlaces Anywhere => new(Variable: null, folder, folder);

    private string Write(string name, string json)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, json);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static string Json(string server = "https://host:8444") =>
        $$"""{ "server": "{{server}}", "authority": "{{Fingerprint}}" }""";

    [Fact]
    public async Task A_profile_is_written_for_its_owner_alone_and_read_back()
    {
        await using var server = await FakeServer.StartAsync();
        var path = Path.Combine(folder, "a", "profile.json");
        ProfileFile.Write(path, server.Profile);
        var read = ProfileFile.Read(path);
        Assert.Equal(
            (server.Profile.Server, server.Authority.Fingerprint, server.Token),
            (read.Server, read.Authority, read.Token));
        Assert.Equal(server.Authority.Certificate.RawData, read.Certificate!.RawData);
        Assert.DoesNotContain(server.Token, read.ToString(), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_profile_that_others_can_read_is_refused()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = Write("p.json", Json());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var error = Assert.Throws<AdminException>(() => Anywhere.Find(path));
        Assert.Equal(("bad-profile", ExitCode.BadInput), (error.Code, error.ExitCode));
        Assert.Contains("0600", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "server": "http://host:1", "authority": "AUTH" }""", "http://host:1")]
    [InlineData("""{ "server": "https://host:1/x", "authority": "AUTH" }""", "https://host:1/x")]
    [InlineData("""{ "server": "https://host:1", "authority": "abc" }""", "hexadecimal")]
    [InlineData("""{ "server": "https://host:1", "authority": "-----BEGIN NOTHING" }""", "p.json")]
    [InlineData("""{ "server": "https://host:1", "authority": "AUTH", "token": "secret" }""", "fedlowrank_token1_")]
    [InlineData("""{ "server": "https://host:1", "authority": "AUTH", "tokn": "" }""", "tokn")]
    [InlineData("""{ "server": "https://host:1" }""", "authority")]
    [InlineData("""{ "server": "https://host:1", "server": "https://b:1", "authority": "AUTH" }""", "server")]
    [InlineData("null", "null")]
    [InlineData("{", "p.json")]
    public void A_profile_that_is_not_of_the_form_is_refused(string json, string named)
    {
        var path = Write("p.json", json.Replace("AUTH", Fingerprint, StringComparison.Ordinal));
        var error = Assert.Throws<AdminException>(() => Anywhere.Find(path));
        Assert.Equal("bad-profile", error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Profiles_are_looked_for_in_a_fixed_order()
    {
        var settings = Path.Combine(folder, "settings");
        var places = new ProfilePlaces(Variable: null, folder, settings);
        var error = Assert.Throws<AdminException>(() => places.Find(named: null));
        Assert.Equal("no-profile", error.Code);
        Assert.Contains(
            Path.Combine(folder, "fedlowrank-server", "owner.json"), error.Message, StringComparison.Ordinal);
        Assert.Contains("FEDLOWRANK_PROFILE", error.Message, StringComparison.Ordinal);

        Write("settings/fedlowrank/profile.json", Json("https://settings:1"));
        Assert.Equal("settings", places.Find(null).Server.Host);
        Write("fedlowrank-server/owner.json", Json("https://owner:1"));
        Assert.Equal("owner", places.Find(null).Server.Host);
        var variable = places with { Variable = Write("v.json", Json("https://variable:1")) };
        Assert.Equal("variable", variable.Find(null).Server.Host);
        Write("n.json", Json("https://named:1"));
        Assert.Equal("named", variable.Find("n.json").Server.Host);
        Assert.Equal("no-profile", Assert.Throws<AdminException>(() => variable.Find("nowhere.json")).Code);
    }
}
