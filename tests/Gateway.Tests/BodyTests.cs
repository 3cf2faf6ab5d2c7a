using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests;

/// <summary>
/// Goal: bodies that go in and come out are what they claim to be, and faults of ours are not the asker's.
/// </summary>
public class BodyTests
{
    [Theory]
    [InlineData("""{"id":"x","command":{}}""", "$.command")]
    [InlineData("""{"id":"x","command":{"mode":"finish-round"}}""", "$.command")]
    [InlineData("""{"id":"x","command":{"mode":"finish-round","type":"pause"}}""", "$.command")]
    [InlineData("""{"id":"x","command":{"type":"explode"}}""", "$.command")]
    [InlineData("""{"id":"x","command":null}""", "command")]
    [InlineData("""{"id":"x","command":[]}""", "$.command")]
    public async Task A_command_without_its_name_is_the_askers_fault(string json, string path)
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        using var operating = await rig.PersonAsync(AdminRole.Operator);
        var problem = await operating.PostAsync(Routes.RunCommands(GatewayRig.Run), Answers.Json(json))
            .RefusedAsync(400, "bad-json");
        Assert.Contains(path, problem.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(rig.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_plan_whose_schedule_has_no_name_is_the_askers_fault()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var operating = await rig.PersonAsync(AdminRole.Operator);
        var whole = JsonSerializer.Serialize(
            new(GatewayRig.Run, GatewayRig.Plan, new BlobHash(1, 2)), WireJson.Default.NewRunRequest);
        var json = whole.Replace("\"type\":\"automatic\",", "", StringComparison.Ordinal);
        Assert.NotEqual(whole, json);
        var problem = await operating.PostAsync(Routes.Runs, Answers.Json(json)).RefusedAsync(400, "bad-json");
        Assert.Contains("$.plan.schedule: the first member must be 'type'", problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AdminRole.Viewer, false)]
    [InlineData(AdminRole.Operator, true)]
    [InlineData(AdminRole.Owner, true)]
    public async Task Each_command_asks_for_the_role_that_may_give_it(AdminRole role, bool may)
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        using var person = await rig.PersonAsync(role);
        RunCommand[] commands =
        [
            new RunCommand.Start(), new RunCommand.Trigger(), new RunCommand.Pause(PauseMode.HoldRound),
            new RunCommand.Resume(), new RunCommand.Rollback(0), new RunCommand.Fork(0, new("fork"), 1, Plan: null),
            new RunCommand.Cancel(),
        ];
        Assert.Equal(typeof(RunCommand).GetNestedTypes().Length, commands.Length);
        foreach (var command in commands)
        {
            var before = rig.Federation.Runs.StateOf(GatewayRig.Run);
            var body = Answers.Json(new(new(command.Name), command), WireJson.Default.CommandRequest);
            var sent = person.PostAsync(Routes.RunCommands(GatewayRig.Run), body);

            // A round begins by itself, so that to trigger one comes too late: the run says so.
            if (!may) await sent.RefusedAsync(403, "not-allowed");
            else if (command is RunCommand.Trigger) await sent.RefusedAsync(409, "not-now");
            else await sent.ReadAsync(WireJson.Default.CommandAnswer);
            if (!may) Assert.Equal(before, rig.Federation.Runs.StateOf(GatewayRig.Run));
        }
    }

    [Fact]
    public async Task The_audit_log_is_read_from_where_one_asks_and_its_export_verifies()
    {
        await using var rig = await GatewayRig.StartAsync();
        for (var i = 1; i <= 3; i++)
            await rig.Federation.AppendAsync(new("olga", $"act-{i}", "run", AuditOutcome.Done, []));
        using var owner = await rig.PersonAsync(AdminRole.Owner);
        var listed = Lines(await owner.GetByteArrayAsync($"{Routes.Audit}?first=2"));
        Assert.Equal(["act-2", "act-3"], listed.Select(line => AuditJson.ReadEntry(line.Span).Action));
        foreach (var first in (string[])["0", "-1", "x", "1.5", ""])
            await owner.GetAsync($"{Routes.Audit}?first={first}").RefusedAsync(400, "bad-request");

        using var answer = await owner.GetAsync(Routes.AuditExport);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
        var export = Lines(await answer.Content.ReadAsByteArrayAsync());
        var head = AuditJson.ReadHead(export[^1].Span);
        Assert.IsType<AuditVerdict.Intact>(AuditCheck.Verify(export[..^1], [head], rig.Authority.Certificate));
        Assert.Equal(export.Count - 1, head.Head.Sequence);
    }

    [Fact]
    public async Task What_an_agent_says_of_itself_is_shown_and_what_it_cannot_be_is_refused()
    {
        await using var rig = await GatewayRig.StartAsync();
        using var agent = await rig.AgentAsync("berlin");
        using var viewer = await rig.PersonAsync(AdminRole.Viewer);
        var facts = new AgentFacts("1.2.3", "cpu (8 cores)", EpsilonSpent: 0.5, EpsilonMax: 3, Delta: 1e-5);
        await SayAsync(facts).NoContentAsync();
        AgentFacts[] wrong =
        [
            facts with { Version = "" }, facts with { Device = new string('x', 129) },
            facts with { EpsilonSpent = -0.1 }, facts with { EpsilonMax = -1 }, facts with { Delta = 1 },
        ];
        foreach (var each in wrong) await SayAsync(each).RefusedAsync(400, "malformed");
        var huge = """{"version":"1","device":"cpu","epsilonSpent":1e999,"epsilonMax":null,"delta":null}""";
        await agent.PutAsync(Routes.Agent.Facts, Answers.Json(huge)).RefusedAsync(400, "malformed");
        var shown = await viewer.GetAsync(Routes.Agents).ReadAsync(WireJson.Default.IReadOnlyListAgentSummary);
        Assert.Equal(facts, Assert.Single(shown).Facts);

        Task<HttpResponseMessage> SayAsync(AgentFacts said) =>
            agent.PutAsync(Routes.Agent.Facts, Answers.Json(said, WireJson.Default.AgentFacts));
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_the_servers_fault_and_in_its_log_and_one_that_went_is_not_there()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CollectAsync("berlin", "paris");
        using var agent = await rig.AgentAsync("berlin");
        await rig.DamageAsync(rig.Manifest);
        var part = Routes.Agent.Checkpoint(GatewayRig.Run, rig.Manifest) + "/parts/0";
        await agent.GetAsync(part).RefusedAsync(500, "damaged");
        var offer = Answers.Json(new(new(1, 1), rig.Form.Bytes), WireJson.Default.UploadOffer);
        await agent.PutAsync(Routes.Agent.Update(GatewayRig.Run, GatewayRig.Round), offer)
            .RefusedAsync(500, "damaged");
        Assert.Equal(2, rig.Log.Lines.Count(line =>
            line.StartsWith("Error", StringComparison.Ordinal) &&
            line.Contains($"manifest {rig.Manifest}", StringComparison.Ordinal)));
        await rig.Blobs.DeleteAsync(rig.Manifest, DateTimeOffset.MaxValue);
        await agent.GetAsync(part).RefusedAsync(404, "checkpoint-not-found");
    }

    [Fact]
    public async Task An_adapter_to_start_from_is_sent_by_parts_and_a_run_is_made_of_it()
    {
        await using var rig = await GatewayRig.StartAsync();
        var adapter = GatewayRig.StartFile();
        var hash = BlobHash.Of(SHA256.HashData(adapter));
        using var operating = await rig.PersonAsync(AdminRole.Operator);
        using var other = await rig.PersonAsync(AdminRole.Operator);
        var address = $"{Routes.Uploads}/{hash}";
        Assert.Equal(0, (await OfferAsync(operating, hash, adapter.Length)).Offset);
        Assert.Equal(100, (await AppendAsync(operating, adapter[..100], 0)).Offset);
        await other.PostAsync($"{address}/complete", null).RefusedAsync(409, "upload-not-found");
        await operating.PostAsync($"{address}/complete", null).RefusedAsync(409, "incomplete");
        Assert.Equal(100, (await OfferAsync(operating, hash, adapter.Length)).Offset);
        await AppendAsync(operating, adapter[100..], 100);
        var whole = await operating.PostAsync($"{address}/complete", null).ReadAsync(WireJson.Default.UploadProgress);
        Assert.Equal(adapter.Length, whole.Offset);

        var order = new NewRunRequest(GatewayRig.Run, GatewayRig.Plan, hash);
        using var made = await operating.PostAsync(Routes.Runs, Answers.Json(order, WireJson.Default.NewRunRequest));
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());

        // Something else than an adapter, and too much of it.
        var text = Encoding.ASCII.GetBytes("no adapter at all");
        hash = BlobHash.Of(SHA256.HashData(text));
        address = $"{Routes.Uploads}/{hash}";
        await OfferAsync(operating, hash, text.Length);
        await AppendAsync(operating, text, 0);
        await operating.PostAsync($"{address}/complete", null).RefusedAsync(422, "bad-adapter");
        Assert.Null(await rig.Blobs.FindAsync(hash));
        var offer = new UploadOffer(hash, new GatewayLimits().StartBytesMax + 1);
        await operating.PutAsync(Routes.Uploads, Answers.Json(offer, WireJson.Default.UploadOffer))
            .RefusedAsync(400, "malformed");
        using var viewer = await rig.PersonAsync(AdminRole.Viewer);
        await viewer.PutAsync(Routes.Uploads, Answers.Json(offer, WireJson.Default.UploadOffer))
            .RefusedAsync(403, "not-allowed");

        Task<UploadProgress> AppendAsync(HttpClient person, byte[] bytes, long offset)
        {
            var body = new ByteArrayContent(bytes) { Headers = { ContentType = new("application/octet-stream") } };
            var request = new HttpRequestMessage(HttpMethod.Patch, address) { Content = body };
            request.Headers.Add(Routes.UploadOffsetHeader, $"{offset}");
            return person.SendAsync(request).ReadAsync(WireJson.Default.UploadProgress);
        }
    }

    private static Task<UploadProgress> OfferAsync(HttpClient person, BlobHash hash, long bytes) => person
        .PutAsync(Routes.Uploads, Answers.Json(new(hash, bytes), WireJson.Default.UploadOffer))
        .ReadAsync(WireJson.Default.UploadProgress);

    private static List<ReadOnlyMemory<byte>> Lines(byte[] body) =>
    [
        .. Encoding.ASCII.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes(line)),
    ];
}
