using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Tests;

/// <summary>Goal: what people and first contacts ask for works, and what is not of the form is told.</summary>
public class AdminTests
{
    [Fact]
    public async Task An_agent_enrols_with_its_invite_and_nothing_else()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var operating = await rig.PersonAsync(AdminRole.Operator);
        var invite = await operating
            .PostAsync(Routes.Agents, Answers.Json(new(new("berlin"), AgentRole.Trainer, 24),
                WireJson.Default.InviteRequest))
            .ReadAsync(WireJson.Default.InviteAnswer);
        var read = GatewayRig.Accepted(InviteText.Read(invite.Invite));
        Assert.Equal(rig.Server.AdminAddress, read.Server);

        using var anybody = rig.Anybody();
        var der = await anybody.GetByteArrayAsync(Routes.Authority);
        GatewayRig.Accepted(PeerCheck.Authority(der, read.Authority));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new EnrolRequest(invite.Invite, AgentRequest.Create(key));
        var answer = await anybody.PostAsync(Routes.Enrol, Answers.Json(request, WireJson.Default.EnrolRequest))
            .ReadAsync(WireJson.Default.CertificateAnswer);
        Assert.Equal(rig.Server.AgentAddress, answer.Server);
        using var agent = rig.Agent(GatewayRig.Joined(answer.Certificate, key));
        await agent.GetAsync(Routes.Agent.Self).ReadAsync(WireJson.Default.AgentSelf);

        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var again = request with { Request = AgentRequest.Create(otherKey) };
        await anybody.PostAsync(Routes.Enrol, Answers.Json(again, WireJson.Default.EnrolRequest))
            .RefusedAsync(403, "already-redeemed");
        await anybody.PostAsync(Routes.Enrol, Answers.Json("""{"invite":"x","request":"y"}"""))
            .RefusedAsync(400, "not-an-invite");
        Assert.Equal(2, rig.Federation.Drafts.Count(draft => draft.Outcome == AuditOutcome.Denied));
    }

    [Fact]
    public async Task Tries_to_enrol_are_counted()
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { EnrolTries = new(Burst: 3, PerSecond: 0.001) },
        });
        using var anybody = rig.Anybody();
        for (var i = 0; i < 3; i++)
        {
            await anybody.PostAsync(Routes.Enrol, Answers.Json("""{"invite":"x","request":"y"}"""))
                .RefusedAsync(400, "not-an-invite");
        }

        using var refused = await anybody.PostAsync(Routes.Enrol, Answers.Json("{}"));
        Assert.NotNull(refused.Headers.RetryAfter);
        await Task.FromResult(refused).RefusedAsync(429, "too-many-requests");
        Assert.True((await anybody.GetAsync(Routes.Health)).IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("""{"agent":"berlin","role":"trainer","hours":1,"more":1}""")]
    [InlineData("""{"agent":"berlin","role":"trainer","hours":1,"hours":2}""")]
    [InlineData("""{"agent":"berlin","role":"trainer"}""")]
    [InlineData("""{"agent":null,"role":"trainer","hours":1}""")]
    [InlineData("""{"agent":"../etc","role":"trainer","hours":1}""")]
    [InlineData("""{"agent":"berlin","role":0,"hours":1}""")]
    [InlineData("""{"agent":"berlin","role":"trainer","hours":"1"}""")]
    [InlineData("""{"agent":"berlin","role":"trainer","hours":1}garbage""")]
    [InlineData("not json")]
    public async Task What_is_not_of_the_form_is_refused(string json)
    {
        await using var rig = await GatewayRig.StartAsync();
        using var operating = await rig.PersonAsync(AdminRole.Operator);
        await operating.PostAsync(Routes.Agents, Answers.Json(json)).RefusedAsync(400, "bad-json");
    }

    [Fact]
    public async Task Deep_and_large_bodies_and_other_types_are_refused()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var operating = await rig.PersonAsync(AdminRole.Operator);
        var deep = new string('[', 200_000);
        await operating.PostAsync(Routes.Runs, Answers.Json($$"""{"run":{{deep}}""")).RefusedAsync(400, "bad-json");

        // The body is sent when it is asked for: an answer that comes amid it ends the connection.
        using var large = new HttpRequestMessage(HttpMethod.Post, Routes.Runs)
        {
            Headers = { ExpectContinue = true },
            Content = Answers.Json($$"""{"run":"{{new string('a', 2 << 20)}}"}"""),
        };
        await operating.SendAsync(large).RefusedAsync(413, "too-large");
        await operating.PostAsync(Routes.Runs, new StringContent("<run/>", null, "text/xml"))
            .RefusedAsync(415, "media-type-not-supported");
        await operating.DeleteAsync(Routes.Runs).RefusedAsync(405, "method-not-allowed");
    }

    [Theory]
    [InlineData("/v1/runs/..%2f..%2fetc", 400)]
    [InlineData("/v1/runs/%2e%2e", 404)]
    [InlineData("/v1/runs/spam/checkpoints/..%2f..%2fblobs", 400)]
    [InlineData("/v1/runs/spam/checkpoints/0123", 400)]
    [InlineData("/v2/runs", 404)]
    public async Task Tricks_in_addresses_lead_nowhere(string path, int status)
    {
        await using var rig = await GatewayRig.StartAsync();
        using var viewer = await rig.PersonAsync(AdminRole.Viewer);
        using var answer = await viewer.GetAsync(path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_run_is_listed_commanded_and_its_checkpoint_read_by_ranges()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        using var operating = await rig.PersonAsync(AdminRole.Operator);
        using var agent = await rig.AgentAsync("berlin");
        var runs = await operating.GetAsync(Routes.Runs).ReadAsync(WireJson.Default.IReadOnlyListRunSummary);
        Assert.Equal(["spam", "broken"], runs.Select(run => run.Run.Value));
        var command = Answers.Json(new(new("go"), new RunCommand.Start()), WireJson.Default.CommandRequest);
        await operating.PostAsync(Routes.RunCommands(GatewayRig.Run), command)
            .ReadAsync(WireJson.Default.CommandAnswer);
        var plan = await agent.GetAsync(Routes.Agent.Plan(GatewayRig.Run)).ReadAsync(WireJson.Default.RunPlan);
        Assert.Equal(GatewayRig.Plan, plan);

        var address = Routes.Agent.Checkpoint(GatewayRig.Run, rig.Manifest);
        var manifest = await agent.GetByteArrayAsync(address);
        Assert.Equal(rig.Manifest, Federation.Checkpoints.ManifestJson.HashOf(manifest));
        var part = await agent.GetByteArrayAsync($"{address}/parts/0");
        using var ranged = new HttpRequestMessage(HttpMethod.Get, $"{address}/parts/0");
        ranged.Headers.Range = new(100, 199);
        using var piece = await agent.SendAsync(ranged);
        Assert.Equal(HttpStatusCode.PartialContent, piece.StatusCode);
        Assert.Equal(part[100..200], await piece.Content.ReadAsByteArrayAsync());
        using var beyond = new HttpRequestMessage(HttpMethod.Get, $"{address}/parts/0");
        beyond.Headers.Range = new(1L << 40, null);
        await agent.SendAsync(beyond).RefusedAsync(416, "bad-range");
        await agent.GetAsync($"{address}/parts/1").RefusedAsync(404, "part-not-found");
        await agent.GetAsync($"{address}/parts/-1").RefusedAsync(404, "part-not-found");
        var start = Federation.Checkpoints.ManifestJson.Read(manifest).Parts[0];
        await agent.GetAsync(Routes.Agent.Checkpoint(GatewayRig.Run, start)).RefusedAsync(404, "checkpoint-not-found");
    }

    [Fact]
    public async Task The_description_has_every_address()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var anybody = rig.Anybody();
        using var document = JsonDocument.Parse(await anybody.GetByteArrayAsync("/v1/openapi.json"));
        var described = document.RootElement.GetProperty("paths").EnumerateObject().ToDictionary(
            path => path.Name, path => path.Value.EnumerateObject().ToList(), StringComparer.Ordinal);
        var mapped = AccessTests.Endpoints(rig)
            .Where(endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .Select(endpoint => endpoint.RoutePattern.RawText!).ToHashSet();
        mapped.Remove("/v1/openapi.json");
        Assert.Equal(mapped.Order(), described.Keys.Order());
        Assert.All(described.Values.SelectMany(path => path), operation =>
        {
            Assert.False(string.IsNullOrEmpty(operation.Value.GetProperty("operationId").GetString()));
            Assert.True(operation.Value.GetProperty("responses").EnumerateObject().Count() > 1, operation.Name);
        });

        var (run, hash, round) = (new RunId("r"), default(BlobHash), new RoundId(1, 1));
        string[] addresses =
        [
            Routes.Authority, Routes.Enrol, Routes.Health, Routes.Server, Routes.Runs, Routes.Uploads, Routes.Agents,
            Routes.Users, Routes.Audit, Routes.AuditExport, Routes.Run(run), Routes.RunCommands(run),
            Routes.RunEvents(run), Routes.RunCheckpoint(run, hash), Routes.RevokeAgent(new("a")),
            Routes.AgentTrouble(new("a")), Routes.RevokeUser("u"), Routes.Agent.Self, Routes.Agent.Renew,
            Routes.Agent.Facts, Routes.Agent.Trouble, Routes.Agent.Orders,
            Routes.Agent.Plan(run), Routes.Agent.Checkpoint(run, hash), Routes.Agent.Update(run, round),
            Routes.Agent.Round(run, round) + "/join",
        ];
        Assert.All(addresses, address => Assert.Contains(described.Keys, path => Fits(path, address)));
    }

    [Fact]
    public async Task Health_is_good_only_where_the_federation_is_open()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var anybody = rig.Anybody();
        Assert.True((await anybody.GetAsync(Routes.Health)).IsSuccessStatusCode);
        rig.IsReady = false;
        await anybody.GetAsync(Routes.Health).RefusedAsync(503, "not-ready");
    }

    private static bool Fits(string path, string address)
    {
        var (left, right) = (path.Split('/'), address.Split('/'));
        return left.Length == right.Length &&
            left.Zip(right).All(pair => pair.First == pair.Second || pair.First.StartsWith('{'));
    }
}
