using System.Net;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.Extensions.Options;

namespace FedLowRank.Gateway.Tests;

/// <summary>
/// Goal: development mode asks for no token, and yet no page of another site and no other machine gets in.
/// </summary>
public class DevelopmentTests
{
    [Fact]
    public async Task Whoever_is_on_this_machine_is_owner_and_the_log_says_so()
    {
        await using var rig = await GatewayRig.StartAsync(Development);
        using var anybody = rig.Anybody();
        Assert.True((await anybody.GetAsync(Routes.Server).ReadAsync(WireJson.Default.ServerFacts)).IsDevelopment);
        await anybody.GetAsync(Routes.Users).ReadAsync(WireJson.Default.IReadOnlyListUserSummary);
        Assert.Contains(rig.Log.Lines, line => line.Contains("DEVELOPMENT MODE", StringComparison.Ordinal));
        using var agent = rig.Agent(certificate: null);
        await Assert.ThrowsAsync<HttpRequestException>(() => agent.GetAsync(Routes.Agent.Self));
    }

    [Theory]
    [InlineData("evil.example", null, 421)]
    [InlineData("localhost.evil.example", null, 421)]
    [InlineData("localhost", "https://evil.example", 403)]
    [InlineData("localhost", "null", 403)]
    [InlineData("localhost", "https://localhost.evil.example", 403)]
    [InlineData("127.0.0.1", "https://localhost:1", 200)]
    [InlineData("[::1]", null, 200)]
    public async Task A_page_of_another_site_gets_nothing(string host, string? origin, int status)
    {
        await using var rig = await GatewayRig.StartAsync(Development);
        using var anybody = rig.Anybody();
        using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Server);
        request.Headers.Host = host;
        if (origin is not null) request.Headers.Add("Origin", origin);
        Assert.Equal(status, (int)(await anybody.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task It_binds_loopback_only()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => GatewayRig.StartAsync(options =>
            options with { IsDevelopment = true, AdminEndpoint = new(IPAddress.Any, 0) }));
        Assert.Contains("must be a loopback address", error.Message, StringComparison.Ordinal);
    }

    private static GatewayOptions Development(GatewayOptions options) => options with { IsDevelopment = true };
}
