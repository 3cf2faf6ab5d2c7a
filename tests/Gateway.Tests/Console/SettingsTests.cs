using System.Net;
using System.Text.RegularExpressions;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Console.Views;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.Extensions.DependencyInjection;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Goal: an operator finds what the server is and keeps; an owner makes and takes off tokens.</summary>
public partial class SettingsTests
{
    [Fact]
    public async Task The_page_says_what_the_server_is_and_keeps()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.Blobs.PutAsync(new MemoryStream(new byte[2500]));
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var page = WebUtility.HtmlDecode(await viewer.OpenAsync(ConsoleRoutes.Settings));
        foreach (var words in (string[])
            [
                "<dd>localhost</dd>", rig.Server.AdminAddress.ToString(), rig.Server.AgentAddress.ToString(),
                "localhost, 127.0.0.1", rig.Authority.Fingerprint.ToString(), "24 hours, and renew themselves",
                "2.5 KB in 1 file", "all stay",
            ])
            Assert.Contains(words, page, StringComparison.Ordinal);
        Assert.DoesNotContain("People with tokens", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Make a token", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retention_is_told_as_it_is_and_where_it_is_set()
    {
        await using var rig = await GatewayRig.StartAsync();
        var settings = rig.Server.Services.GetRequiredService<SettingsBook>().Settings with
        {
            Retention = new() { CheckpointRounds = 20, UpdateRounds = 1, Grace = TimeSpan.FromHours(36) },
        };
        var page = WebUtility.HtmlDecode(await rig.PageAsync<SettingsPage>(
            (nameof(SettingsPage.Settings), settings),
            (nameof(SettingsPage.Storage), new StorageCount(10_000, 4_200_000_000, IsAll: false))));
        foreach (var words in (string[])
            [
                "those of the last 20 rounds stay", "those of the last 1 round stay", "goes after 36 hours",
                "\"retention\"", "more than 4.2 GB, in more than 10,000 files", "?count=all",
            ])
            Assert.Contains(words, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_makes_a_token_that_is_shown_once_and_opens_what_its_role_may()
    {
        await using var rig = await GatewayRig.StartAsync();
        var owner = await Browser.SignInAsync(rig, AdminRole.Owner);
        await owner.OpenAsync(ConsoleRoutes.Settings);
        using var answer = await owner.SendAsync(ConsoleRoutes.Users, New("ann", "operator"));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        var token = Token().Match(page).Value;
        Assert.Contains("Token for ann (operator)", page, StringComparison.Ordinal);
        using (var ann = rig.WithToken(token))
        {
            using var seen = await ann.GetAsync(new Uri("/v1/agents", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
        }

        var after = await owner.OpenAsync(ConsoleRoutes.Settings);
        Assert.DoesNotContain(token, after, StringComparison.Ordinal);
        Assert.Contains("/console/settings/users/ann/revoke", after, StringComparison.Ordinal);
        using var again = await owner.SendAsync(ConsoleRoutes.Users, New("ann", "viewer"));
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Contains("revoke it first", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b", "viewer", "90", "use 1 to 64 letters")]
    [InlineData("bob", "emperor", "90", "Role must be")]
    [InlineData("bob", "viewer", "0", "Days must be")]
    [InlineData("bob", "viewer", "367", "Days must be")]
    [InlineData("bob", "viewer", "", "Days must be")]
    public async Task A_token_that_cannot_be_is_told_in_words(string name, string role, string days, string words)
    {
        await using var rig = await GatewayRig.StartAsync();
        var owner = await Browser.SignInAsync(rig, AdminRole.Owner);
        await owner.OpenAsync(ConsoleRoutes.Settings);
        using var answer = await owner.SendAsync(
            ConsoleRoutes.Users, new() { ["name"] = name, ["role"] = role, ["days"] = days });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(await rig.Federation.Users.ListAsync(), user => user.Name.Value == "bob");
    }

    [Fact]
    public async Task A_revocation_is_asked_for_first_and_then_signs_all_of_that_tokens_browsers_out()
    {
        await using var rig = await GatewayRig.StartAsync();
        var owner = await Browser.SignInAsync(rig, AdminRole.Owner);
        var leaver = await Browser.SignInAsync(rig, AdminRole.Operator);
        var name = (await rig.Federation.Users.ListAsync()).Single(user => user.Role == AdminRole.Operator).Name;
        await leaver.OpenAsync(ConsoleRoutes.Root);
        var page = await owner.OpenAsync(ConsoleRoutes.RevokeUser(name));
        Assert.Contains("opens nothing", page, StringComparison.Ordinal);
        Assert.DoesNotContain("This is you", page, StringComparison.Ordinal);
        await leaver.OpenAsync(ConsoleRoutes.Root);
        using var done = await owner.SendAsync(ConsoleRoutes.RevokeUser(name), []);
        Assert.Equal(HttpStatusCode.Found, done.StatusCode);
        await leaver.OpenAsync(ConsoleRoutes.Root, HttpStatusCode.Found);
        using var again = await owner.SendAsync(ConsoleRoutes.RevokeUser(name), []);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        await owner.OpenAsync(ConsoleRoutes.RevokeUser(new("nobody")), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_last_owner_stays_and_is_told_that_it_is_their_own_token()
    {
        await using var rig = await GatewayRig.StartAsync();
        var owner = await Browser.SignInAsync(rig, AdminRole.Owner);
        var name = Assert.Single(await rig.Federation.Users.ListAsync()).Name;
        Assert.Contains(
            "This is you", await owner.OpenAsync(ConsoleRoutes.RevokeUser(name)), StringComparison.Ordinal);
        using var answer = await owner.SendAsync(ConsoleRoutes.RevokeUser(name), []);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("is the last owner", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await owner.OpenAsync(ConsoleRoutes.Settings);
    }

    [Theory]
    [InlineData(AdminRole.Viewer)]
    [InlineData(AdminRole.Operator)]
    public async Task Nobody_but_an_owner_makes_or_revokes_tokens(AdminRole role)
    {
        await using var rig = await GatewayRig.StartAsync();
        var person = await Browser.SignInAsync(rig, role);
        await person.OpenAsync(ConsoleRoutes.Settings);
        using var made = await person.SendAsync(ConsoleRoutes.Users, New("ann", "owner"));
        using var revoked = await person.SendAsync(ConsoleRoutes.RevokeUser(new("ann")), []);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (made.StatusCode, revoked.StatusCode));
        Assert.Single(await rig.Federation.Users.ListAsync());
    }

    private static Dictionary<string, string> New(string name, string role) =>
        new() { ["name"] = name, ["role"] = role, ["days"] = "30" };

    [GeneratedRegex("fedlowrank_token1_[A-Za-z0-9_-]+", RegexOptions.None, 10_000)]
    private static partial Regex Token();
}
