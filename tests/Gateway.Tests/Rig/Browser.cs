using System.Net;
using System.Text.RegularExpressions;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Console;

namespace FedLowRank.Gateway.Tests.Rig;

/// <summary>A person in a browser that keeps cookies, runs no script and sends forms with their token.</summary>
internal sealed partial class Browser
{
    private readonly HttpClient http;
    private string formToken = "";

    public Browser(HttpClient http) => this.http = http;

    /// <summary>Signs in as a new person with a role.</summary>
    public static async Task<Browser> SignInAsync(GatewayRig rig, AdminRole role) =>
        (await SignInAsync(rig, role, to: "")).Browser;

    /// <summary>Where a person is led who signs in with an address to go to.</summary>
    public static async Task<string> WhereToAsync(GatewayRig rig, string to) =>
        (await SignInAsync(rig, AdminRole.Viewer, to)).Location;

    private static async Task<(Browser Browser, string Location)> SignInAsync(
        GatewayRig rig, AdminRole role, string to)
    {
        var token = GatewayRig.Accepted(await rig.Federation.Users.CreateAsync(
            new($"{role}.{Guid.NewGuid():N}"), role, TimeSpan.FromDays(1), "test"));
        var browser = new Browser(rig.Anybody());
        await browser.OpenAsync(ConsoleRoutes.SignIn);
        using var answer = await browser.SendAsync(
            ConsoleRoutes.SignIn, new() { ["token"] = AdminTokenText.Write(token), ["to"] = to });
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return (browser, answer.Headers.Location!.OriginalString);
    }

    /// <summary>Opens a page, whose forms can then be sent.</summary>
    public async Task<string> OpenAsync(string address, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await http.GetAsync(address);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{address}: {answer.StatusCode}: {page}");
        if (FormToken().Match(page) is { Success: true } found) formToken = found.Groups["token"].Value;
        return page;
    }

    /// <summary>Sends a form with the token of the page that was opened last.</summary>
    public Task<HttpResponseMessage> SendAsync(string address, Dictionary<string, string> fields) =>
        http.PostAsync(address, new FormUrlEncodedContent(fields.Append(new("form-token", formToken))));

    [GeneratedRegex("name=\"form-token\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex FormToken();
}
