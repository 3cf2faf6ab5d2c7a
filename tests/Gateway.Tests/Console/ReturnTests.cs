using System.Net;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Goal: whoever signs in is where they wanted to be, with the query, and never anywhere else.</summary>
public class ReturnTests
{
    [Theory]
    [InlineData("/console/compare?a=one&b=two%26three", "/console/compare?a=one&b=two%26three")]
    [InlineData("/console/audit?before=40", "/console/audit?before=40")]
    [InlineData("/console?x=%5C%0D%0ASet-Cookie:%20y=1", "/console?x=%5C%0D%0ASet-Cookie:%20y=1")]
    [InlineData("/console/runs/m%C3%BCnchen", "/console/runs/m%C3%BCnchen")]
    public async Task The_wanted_page_comes_back_with_its_query(string wanted, string reached)
    {
        await using var rig = await GatewayRig.StartAsync();
        using var http = rig.Anybody();
        using var sent = await http.GetAsync(new Uri(wanted, UriKind.Relative));
        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        Assert.Equal($"/console/sign-in?to={Uri.EscapeDataString(reached)}", sent.Headers.Location!.OriginalString);
        Assert.Equal(reached, await Browser.WhereToAsync(rig, reached));
    }

    [Fact]
    public async Task A_query_that_is_too_long_is_left_out()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var http = rig.Anybody();
        using var sent = await http.GetAsync(new Uri($"/console/runs?x={new string('a', 3000)}", UriKind.Relative));
        Assert.Equal("/console/sign-in?to=%2Fconsole%2Fruns", sent.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example/console")]
    [InlineData("/\\elsewhere.example")]
    [InlineData("/console\\..\\..\\elsewhere")]
    [InlineData("/console/\r\nSet-Cookie: a=b")]
    [InlineData("/console/\u00e9")]
    [InlineData("/console@elsewhere.example")]
    [InlineData("/console.elsewhere.example")]
    [InlineData("/consolex?y")]
    [InlineData("/v1/runs")]
    [InlineData(" /console")]
    [InlineData("console")]
    public async Task Anything_else_leads_to_the_overview(string to)
    {
        await using var rig = await GatewayRig.StartAsync();
        Assert.Equal("/console", await Browser.WhereToAsync(rig, to));
    }

    [Fact]
    public async Task The_form_keeps_no_address_that_is_not_ours()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var http = rig.Anybody();
        var page = await http.GetStringAsync(new Uri(
            $"{ConsoleRoutes.SignIn}?to={Uri.EscapeDataString("/console?\"><script>")}", UriKind.Relative));
        Assert.DoesNotContain("\"><script>", page, StringComparison.Ordinal);
        page = await http.GetStringAsync(new Uri(
            $"{ConsoleRoutes.SignIn}?to={Uri.EscapeDataString("//elsewhere.example")}", UriKind.Relative));
        Assert.DoesNotContain("elsewhere", page, StringComparison.Ordinal);
    }
}
