using System.Net;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.ConsoleTests.World;
using Microsoft.Playwright;

namespace FedLowRank.ConsoleTests;

/// <summary>
/// Goal: nobody is in who should not be, and whoever is in is so as long as their token is good. Method: a real server
/// and a real browser; what a browser would not send is sent by hand.
/// </summary>
[Collection(Shared.Name)]
public sealed class SignInTests(ConsoleWorld world, Chromium chromium)
{
    private static readonly string[] Operators =
        ["Pause after this round", "Pause now", "Start the next round", "Roll back", "Fork", "Cancel",
        "New run like this", "Export"];

    [Theory]
    [InlineData("viewer", new[] { "Overview", "Runs", "Agents", "Settings" })]
    [InlineData("operator", new[] { "Overview", "Runs", "Agents", "Audit", "Settings" })]
    [InlineData("owner", new[] { "Overview", "Runs", "Agents", "Audit", "Settings" })]
    public async Task Each_role_sees_the_places_that_it_may_see(string role, string[] places)
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf(role));
        await window.SaysAsync("Needs attention");
        Assert.Equal(places, await window.Page.GetByRole(AriaRole.Navigation).GetByRole(AriaRole.Link)
            .AllInnerTextsAsync());

        await window.GoAsync($"/console/runs/{Faults.Tests.Worlds.SiteWorld.Run}");
        var offered = await window.Page.Locator(".actions a").AllInnerTextsAsync();
        if (role == "viewer") Assert.Empty(offered);
        else Assert.Subset(Operators.ToHashSet(), offered.ToHashSet());
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_is_asked_to_and_then_goes_where_they_wanted()
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.GoAsync("/console/agents");
        await window.SaysAsync("Sign in");
        await window.Page.GetByLabel("Your token").FillAsync(world.TokenOf("viewer"));
        await window.ClickAsync(AriaRole.Button, "Sign in");
        await window.SaysAsync("north");
        Assert.EndsWith("/console/agents", window.Page.Url, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "This is no token, or a mistyped one")]
    [InlineData("", "This is no token")]
    public async Task A_word_that_is_no_token_is_refused(string word, string message)
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.GoAsync("/console/sign-in");
        await window.Page.Locator("#token").EvaluateAsync("field => field.removeAttribute('required')");
        await window.Page.GetByLabel("Your token").FillAsync(word);
        await window.ClickAsync(AriaRole.Button, "Sign in");
        await window.SaysAsync(message);
        window.Forgive("401");
    }

    [Fact]
    public async Task A_revoked_token_ends_the_session_with_the_next_page()
    {
        var token = await world.MakeUserAsync("leaver", "operator");
        await using var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(token);
        await window.SaysAsync("Needs attention");
        await world.World.SayAsync("users", "revoke", "leaver");
        await window.GoAsync("/console/runs");
        await window.SaysAsync("Sign in");
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf("viewer"));
        await window.ClickAsync(AriaRole.Button, "Sign out");
        await window.SaysAsync("Sign in");
        await window.GoAsync("/console");
        await window.SaysAsync("Sign in");
    }

    [Fact]
    public async Task The_cookie_is_of_no_use_to_scripts_other_sites_and_the_interface_of_programs()
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf("owner"));
        var cookie = Assert.Single(await window.Context.CookiesAsync());
        Assert.Equal(
            (true, true, SameSiteAttribute.Strict, "/console"),
            (cookie.HttpOnly, cookie.Secure, cookie.SameSite, cookie.Path));
        Assert.DoesNotContain(world.TokenOf("owner")[..20], cookie.Value, StringComparison.Ordinal);

        var api = await window.GoAsync("/v1/runs");
        Assert.Equal(401, api.Status);
        window.Forgive("401");
    }

    [Fact]
    public async Task A_form_without_its_session_s_token_or_of_another_site_does_nothing()
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.SignInAsync(world.TokenOf("owner"));
        var cookie = Assert.Single(await window.Context.CookiesAsync());
        var own = await window.Page.Locator("input[name=form-token]").First.GetAttributeAsync("value");
        var site = world.Root.GetLeftPart(UriPartial.Authority);
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(cookie, site, token: null));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(cookie, site, token: "guess"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(cookie, "https://elsewhere.example", own));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(cookie, "null", own));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(cookie, site, own));
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/")]
    [InlineData("/consolex")]
    [InlineData("/v1/runs")]
    public async Task Signing_in_leads_nowhere_else(string to)
    {
        await using var window = await chromium.OpenAsync(world.Root);
        await window.GoAsync($"/console/sign-in?to={Uri.EscapeDataString(to)}");
        await window.Page.GetByLabel("Your token").FillAsync(world.TokenOf("viewer"));
        await window.ClickAsync(AriaRole.Button, "Sign in");
        await window.SaysAsync("Needs attention");
        Assert.Equal(new Uri(world.Root, "/console").AbsoluteUri, window.Page.Url);
    }

    /// <summary>An invite for an agent, as a form would send it.</summary>
    private async Task<HttpStatusCode> PostAsync(BrowserContextCookiesResult cookie, string origin, string? token)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { world.Owner.Certificate! },
        };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(world.Root, "/console/agents"));
        request.Headers.Add("Cookie", $"{cookie.Name}={cookie.Value}");
        request.Headers.Add("Origin", origin);
        var fields = new Dictionary<string, string>
        {
            ["agent"] = "forged",
            ["role"] = "trainer",
            ["hours"] = "1",
        };
        if (token is not null) fields["form-token"] = token;
        request.Content = new FormUrlEncodedContent(fields);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
