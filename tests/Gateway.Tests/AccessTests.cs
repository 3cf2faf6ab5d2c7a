using System.Net;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FedLowRank.Gateway.Tests;

/// <summary>
/// Goal: nobody does what they may not. Method: every mapped address, asked by nobody, by each role and from the other
/// listener.
/// </summary>
public class AccessTests
{
    private static readonly string[] Open =
    [
        Routes.Authority, Routes.Enrol, Routes.Health, "/v1/openapi.json", "/", ConsoleRoutes.SignIn,
        ConsoleRoutes.Assets + "/{file}",
    ];

    [Fact]
    public async Task Every_address_says_who_may_use_it_and_only_the_open_ones_are_open()
    {
        await using var rig = await GatewayRig.StartAsync();
        var open = Endpoints(rig).Where(end => Rule(end) is AccessRule.Open or AccessRule.Enrolment)
            .Select(end => end.RoutePattern.RawText!).Distinct();
        Assert.Equal(Open.Order(), open.Order());
        Assert.True(Endpoints(rig).Count > 30, "too few addresses");
    }

    [Fact]
    public void An_address_without_a_rule_keeps_the_server_from_starting()
    {
        var bare = new RouteEndpoint(
            _ => Task.CompletedTask,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse("/v1/forgotten"), 0,
            EndpointMetadataCollection.Empty, "forgotten");
        var error = Assert.Throws<InvalidOperationException>(() => AccessCheck.Require([bare]));
        Assert.Contains("forgotten has 0 rules", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_token_every_closed_address_of_the_admin_listener_answers_401()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var nobody = rig.Anybody();
        foreach (var endpoint in Endpoints(rig).Where(end => Rule(end) is AccessRule.Person))
        {
            using var answer = await nobody.SendAsync(Ask(endpoint));
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{endpoint}: {answer.StatusCode}");
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory]
    [InlineData(AdminRole.Viewer)]
    [InlineData(AdminRole.Operator)]
    [InlineData(AdminRole.Owner)]
    public async Task A_role_is_let_through_exactly_where_it_may(AdminRole role)
    {
        await using var rig = await GatewayRig.StartAsync();
        using var person = await rig.PersonAsync(role);
        foreach (var endpoint in Endpoints(rig))
        {
            if (Rule(endpoint) is not AccessRule.Person { Action: var action }) continue;
            using var answer = await person.SendAsync(Ask(endpoint), HttpCompletionOption.ResponseHeadersRead);
            var isForbidden = answer.StatusCode == HttpStatusCode.Forbidden;
            Assert.True(isForbidden != Permissions.Allows(role, action), $"{role} {endpoint}: {answer.StatusCode}");
            Assert.NotEqual(HttpStatusCode.InternalServerError, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Neither_listener_has_the_others_addresses()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var owner = await rig.PersonAsync(AdminRole.Owner);
        using var agent = await rig.AgentAsync("berlin");
        foreach (var endpoint in Endpoints(rig))
        {
            var isForAgents = Rule(endpoint) is AccessRule.Agent;
            if (endpoint.RoutePattern.RawText == Routes.Health) continue;
            await (isForAgents ? owner : agent).SendAsync(Ask(endpoint)).RefusedAsync(404, "not-found");
        }
    }

    [Theory]
    [InlineData("Basic b3duZXI6b3duZXI=")]
    [InlineData("Bearer")]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.")]
    public async Task What_is_no_token_is_refused_and_written_down(string header)
    {
        await using var rig = await GatewayRig.StartAsync();
        using var client = rig.Anybody();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);
        await client.GetAsync(Routes.Server).RefusedAsync(401, "not-a-token");
        Assert.Equal("GET turned away", Assert.Single(rig.Federation.Drafts).Action);
    }

    [Fact]
    public async Task A_token_that_is_revoked_expired_or_unknown_opens_nothing()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var owner = await rig.PersonAsync(AdminRole.Owner);
        using var ann = await rig.PersonAsync(AdminRole.Viewer, "ann");
        await ann.GetAsync(Routes.Server).ReadAsync(WireJson.Default.ServerFacts);
        await owner.PostAsync(Routes.RevokeUser("ann"), content: null).NoContentAsync();
        await ann.GetAsync(Routes.Server).RefusedAsync(401, "token-revoked");

        var unknown = Federation.Identity.Secrets.SecretToken.Create(new SystemBytes());
        using var stranger = rig.WithToken(AdminTokenText.Write(unknown));
        await stranger.GetAsync(Routes.Server).RefusedAsync(401, "unknown-token");
        rig.Time.Advance(TimeSpan.FromDays(2));
        await owner.GetAsync(Routes.Server).RefusedAsync(401, "token-expired");
    }

    [Fact]
    public async Task An_attacker_cannot_fill_the_audit_log()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { TurnedAwayEntries = new(Burst: 3, PerSecond: 0.0001) },
        });
        using var client = rig.WithToken("nonsense");
        for (var i = 0; i < 20; i++) await client.GetAsync(Routes.Server).RefusedAsync(401, "not-a-token");
        Assert.Equal(3, rig.Federation.Drafts.Count);
    }

    [Fact]
    public async Task No_token_is_in_the_log()
    {
        await using var rig = await GatewayRig.StartAsync();
        var token = AdminTokenText.Write(Federation.Identity.Secrets.SecretToken.Create(new SystemBytes()));
        using var client = rig.WithToken(token);
        await client.GetAsync(Routes.Server).RefusedAsync(401, "unknown-token");
        Assert.DoesNotContain(rig.Log.Lines, line => line.Contains(token, StringComparison.Ordinal));
        Assert.NotEmpty(rig.Log.Lines);
    }

    internal static IReadOnlyList<RouteEndpoint> Endpoints(object rig) =>
        [.. ((GatewayRig)rig).Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()];

    private static AccessRule? Rule(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<AccessRule>();

    private static HttpRequestMessage Ask(RouteEndpoint endpoint)
    {
        var path = endpoint.RoutePattern.RawText!.Replace("{manifest}", new string('0', 64), StringComparison.Ordinal)
            .Replace("{hash}", new string('0', 64), StringComparison.Ordinal)
            .Replace("{round}", "1.1", StringComparison.Ordinal).Replace("{index}", "0", StringComparison.Ordinal)
            .Replace("{run}", "none", StringComparison.Ordinal).Replace("{agent}", "none", StringComparison.Ordinal)
            .Replace("{user}", "none", StringComparison.Ordinal);
        var method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0];
        var isBytes = method == "PATCH";
        return new(new(method), path)
        {
            Content = method == "GET" ? null : new StringContent(
                "{}", System.Text.Encoding.UTF8, isBytes ? "application/octet-stream" : "application/json"),
        };
    }
}
