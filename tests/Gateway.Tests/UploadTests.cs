using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests;

/// <summary>
/// Goal: an update is taken once, whole, from the agent that made it, and its receipt means durable. Method: whole and
/// broken uploads over real TLS into a real blob store.
/// </summary>
public class UploadTests
{
    private static readonly string Address = Routes.Agent.Update(GatewayRig.Run, GatewayRig.Round);

    [Fact]
    public async Task An_update_goes_in_by_parts_and_the_same_again_gets_the_same_receipt()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (update, hash) = Update(rig, 1);
        Assert.Equal(new(0), await OfferAsync(agent, rig, hash, weight: 7).ReadAsync(WireJson.Default.UploadProgress));
        Assert.Equal(1000, (await AppendAsync(agent, hash, update[..1000], 0).ReadAsync(Form)).Offset);
        Assert.Equal(1000, (await OfferAsync(agent, rig, hash, weight: 7).ReadAsync(Form)).Offset);
        await CompleteAsync(agent, hash).RefusedAsync(409, "incomplete");
        Assert.Equal(update.Length, (await AppendAsync(agent, hash, update[1000..], 1000).ReadAsync(Form)).Offset);
        var receipt = (await CompleteAsync(agent, hash).ReadAsync(Form)).Receipt!;
        Assert.Equal((hash, 7, "berlin"), (receipt.Update, receipt.Weight, receipt.Agent.Value));
        Assert.NotNull(await rig.Blobs.FindAsync(hash));
        var delivered = Assert.IsType<Standing.Delivered>(
            rig.Federation.Runs.StateOf(GatewayRig.Run)!.Round!.Entry(new("berlin"))!.Standing);
        Assert.Equal((hash, 7), (delivered.Update, delivered.Weight));
        using var content = new MemoryStream(update);
        var seen = await UpdateScreening.InspectAsync(rig.Form, content, isPrivate: false);
        Assert.Equal(seen.Sections!.StoredHash(), delivered.Sections);
        Assert.Equal(
            seen.Sections, await UpdateSections.LoadAsync(rig.Blobs, delivered.Sections!.Value, rig.Form));

        Assert.Equal(receipt, (await CompleteAsync(agent, hash).ReadAsync(Form)).Receipt);
        Assert.Equal(receipt, (await OfferAsync(agent, rig, hash, weight: 7).ReadAsync(Form)).Receipt);
        Assert.Equal(receipt, (await AppendAsync(agent, hash, [1], 0).ReadAsync(Form)).Receipt);
        var (_, second) = Update(rig, 2);
        await OfferAsync(agent, rig, second).RefusedAsync(409, "conflict");
    }

    [Fact]
    public async Task An_upload_and_its_weight_outlive_the_server()
    {
        await using var rig = await CollectingAsync();
        var certificate = await rig.EnrolAsync("berlin");
        var (update, hash) = Update(rig, 1);
        using (var agent = rig.Agent(certificate))
        {
            await OfferAsync(agent, rig, hash, weight: 5).ReadAsync(Form);
            await AppendAsync(agent, hash, update, 0).ReadAsync(Form);
        }

        await rig.Server.DisposeAsync();
        await rig.StartServerAsync();
        using var again = rig.Agent(certificate);
        Assert.Equal(5, (await CompleteAsync(again, hash).ReadAsync(Form)).Receipt!.Weight);
    }

    [Fact]
    public async Task What_a_broken_connection_brought_is_kept()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (update, hash) = Update(rig, 1);
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        using var breaking = new CancellationTokenSource();
        using var half = new HalfContent(update);
        var first = SendAsync(agent, hash, half, 0, breaking.Token);
        await half.Sent;
        using (await UntilAsync(() => OfferAsync(agent, rig, hash), answer => !answer.IsSuccessStatusCode))
            await breaking.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        // The server learns of it by itself; until then the upload is busy.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        long offset;
        while ((offset = await OffsetAsync(agent, rig, hash)) < 1)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "nothing was kept");
            await Task.Delay(100);
        }

        await AppendAsync(agent, hash, update[(int)offset..], offset).ReadAsync(Form);
        Assert.NotNull((await CompleteAsync(agent, hash).ReadAsync(Form)).Receipt);
    }

    [Fact]
    public async Task Nobody_claims_an_update_that_somebody_else_sent()
    {
        await using var rig = await CollectingAsync();
        using var berlin = await rig.AgentAsync("berlin");
        using var paris = await rig.AgentAsync("paris");
        var (update, hash) = Update(rig, 1);
        await DeliverAsync(berlin, rig, update, hash);
        Assert.NotNull(await rig.Blobs.FindAsync(hash));
        await CompleteAsync(paris, hash).RefusedAsync(409, "upload-not-found");
        await OfferAsync(paris, rig, hash).ReadAsync(Form);
        await CompleteAsync(paris, hash).RefusedAsync(409, "incomplete");

        // Nor after the bytes of an upload of its own are gone.
        var state = rig.Federation.Runs.StateOf(GatewayRig.Run)!;
        Assert.IsType<Standing.Joined>(state.Round!.Entry(new("paris"))!.Standing);
        await AppendAsync(paris, hash, update, 0).ReadAsync(Form);
        Assert.Equal("paris", (await CompleteAsync(paris, hash).ReadAsync(Form)).Receipt!.Agent.Value);
    }

    [Fact]
    public async Task Of_two_completions_at_once_both_get_one_receipt_or_one_waits_its_turn()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (update, hash) = Update(rig, 1);
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        await AppendAsync(agent, hash, update, 0).ReadAsync(Form);
        var answers = await Task.WhenAll(CompleteAsync(agent, hash), CompleteAsync(agent, hash));
        var done = answers.Where(answer => answer.IsSuccessStatusCode).ToList();
        Assert.NotEmpty(done);
        foreach (var refused in answers.Except(done)) Assert.Equal(409, (int)refused.StatusCode);
        var receipt = (await CompleteAsync(agent, hash).ReadAsync(Form)).Receipt;
        foreach (var answer in done) Assert.Equal(receipt, (await Task.FromResult(answer).ReadAsync(Form)).Receipt);
        Assert.Equal(hash, receipt!.Update);
    }

    [Fact]
    public async Task A_faulty_update_is_quarantined_and_the_answer_stays()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (update, _) = Update(rig, 1);
        BitConverter.GetBytes(float.NaN).CopyTo(update, update.Length - 4);
        var hash = BlobHash.Of(SHA256.HashData(update));
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        await AppendAsync(agent, hash, update, 0).ReadAsync(Form);
        await CompleteAsync(agent, hash).RefusedAsync(422, "quarantined");
        await CompleteAsync(agent, hash).RefusedAsync(422, "quarantined");
        await OfferAsync(agent, rig, hash).RefusedAsync(422, "quarantined");
    }

    [Fact]
    public async Task Content_that_is_not_its_hash_is_dropped()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (_, hash) = Update(rig, 1);
        var (other, _) = Update(rig, 2);
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        await AppendAsync(agent, hash, other, 0).ReadAsync(Form);
        await CompleteAsync(agent, hash).RefusedAsync(422, "hash-mismatch");
        Assert.Equal(0, (await OfferAsync(agent, rig, hash).ReadAsync(Form)).Offset);
    }

    [Fact]
    public async Task Offers_that_cannot_be_taken_are_refused_before_a_byte_is_sent()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        using var stranger = await rig.AgentAsync("rome");
        var (_, hash) = Update(rig, 1);
        await OfferAsync(agent, rig, hash, weight: 0).RefusedAsync(400, "malformed");
        await OfferAsync(agent, rig, hash, bytes: rig.Form.Bytes - 1).RefusedAsync(400, "malformed");
        await OfferAsync(agent, rig, hash, bytes: rig.Form.Bytes + 1).RefusedAsync(400, "malformed");
        await OfferAsync(agent, rig, hash, bytes: -1).RefusedAsync(400, "malformed");
        await OfferAsync(agent, rig, hash, bytes: long.MaxValue).RefusedAsync(400, "malformed");
        await OfferAsync(stranger, rig, hash).RefusedAsync(403, "not-invited");
        var offer = Answers.Json(new(hash, rig.Form.Bytes), WireJson.Default.UploadOffer);
        await agent.PutAsync(Routes.Agent.Update(new("other"), GatewayRig.Round), offer)
            .RefusedAsync(404, "run-not-found");
        offer = Answers.Json(new(hash, rig.Form.Bytes), WireJson.Default.UploadOffer);
        await agent.PutAsync(Routes.Agent.Update(GatewayRig.Run, new(1, 2)), offer).RefusedAsync(409, "stale");
    }

    [Fact]
    public async Task An_update_after_the_close_is_late_and_the_report_says_so()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (update, hash) = Update(rig, 1);
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        await rig.Federation.Runs.ApplyAsync(
            GatewayRig.Run, new RunEvent.Asked(rig.Time.GetUtcNow(), new("stop"), "test", new RunCommand.Cancel()));
        await AppendAsync(agent, hash, update, 0).RefusedAsync(409, "late");
        await OfferAsync(agent, rig, hash).RefusedAsync(409, "late");
        var report = Assert.Single(rig.Federation.Runs.StateOf(GatewayRig.Run)!.History);
        Assert.IsType<Standing.Late>(report.Agents.Single(entry => entry.Agent.Value == "berlin").Standing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_and_completions_after_the_close_are_noted_as_late(bool isComplete)
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (update, hash) = Update(rig, 1);
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        await AppendAsync(agent, hash, update[..100], 0).ReadAsync(Form);
        if (isComplete) await AppendAsync(agent, hash, update[100..], 100).ReadAsync(Form);
        await rig.Federation.Runs.ApplyAsync(
            GatewayRig.Run, new RunEvent.Asked(rig.Time.GetUtcNow(), new("stop"), "test", new RunCommand.Cancel()));
        Assert.IsType<Standing.NoUpdate>(AtTheEnd());
        var (_, never) = Update(rig, 2);
        await CompleteAsync(agent, never).RefusedAsync(409, "late");
        Assert.IsType<Standing.NoUpdate>(AtTheEnd());
        await (isComplete ? CompleteAsync(agent, hash) : AppendAsync(agent, hash, update[100..], 100))
            .RefusedAsync(409, "late");
        Assert.IsType<Standing.Late>(AtTheEnd());
        Assert.Null(await rig.Blobs.FindAsync(hash));

        Standing AtTheEnd() => Assert.Single(rig.Federation.Runs.StateOf(GatewayRig.Run)!.History)
            .Agents.Single(entry => entry.Agent.Value == "berlin").Standing;
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(2, 1)]
    public async Task Too_many_uploads_at_once_wait(int eachMax, int allMax)
    {
        await using var rig = await GatewayRig.StartAsync(options => options with
        {
            Limits = new() { UploadsPerSenderMax = eachMax, UploadsMax = allMax },
        });
        await rig.CollectAsync("berlin", "paris");
        using var agent = await rig.AgentAsync("berlin");
        var ((first, firstHash), (second, secondHash)) = (Update(rig, 1), Update(rig, 2));
        await OfferAsync(agent, rig, firstHash).ReadAsync(Form);
        await OfferAsync(agent, rig, secondHash).ReadAsync(Form);
        using var gate = new GatedStream(first);
        var receiving = SendAsync(agent, firstHash, new StreamContent(gate), 0);
        await gate.Started;
        using var refused = await UntilAsync(
            () => CompleteAsync(agent, secondHash), answer => (int)answer.StatusCode == 429);
        await Task.FromResult(refused).RefusedAsync(429, "too-many-uploads");
        Assert.NotNull(refused.Headers.RetryAfter);
        gate.Open();
        await receiving.ReadAsync(Form);
        await AppendAsync(agent, secondHash, second, 0).ReadAsync(Form);
    }

    [Theory]
    [InlineData(null, 400, "bad-offset")]
    [InlineData("-1", 400, "bad-offset")]
    [InlineData("1e3", 400, "bad-offset")]
    [InlineData(" 0x0", 400, "bad-offset")]
    [InlineData("99999999999999999999999", 400, "bad-offset")]
    [InlineData("7", 409, "wrong-offset")]
    public async Task A_wrong_offset_is_told(string? offset, int status, string code)
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (_, hash) = Update(rig, 1);
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{Address}/{hash}");
        request.Content = Bytes([1, 2, 3]);
        if (offset is not null) request.Headers.TryAddWithoutValidation(Routes.UploadOffsetHeader, offset);
        using var answer = await agent.SendAsync(request);
        await Task.FromResult(answer).RefusedAsync(status, code);
        if (status == 409) Assert.Equal("0", answer.Headers.GetValues(Routes.UploadOffsetHeader).Single());
    }

    [Fact]
    public async Task More_bytes_than_were_offered_are_not_taken()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (update, hash) = Update(rig, 1);
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        await AppendAsync(agent, hash, [.. update, 1], 0).RefusedAsync(413, "too-large");

        // Without a length the body is cut while it comes.
        using var unknown = new StreamContent(new BreakingStream([.. update, 1], at: int.MaxValue));
        await SendAsync(agent, hash, unknown, 0).RefusedAsync(413, "too-large");
        Assert.True(await OffsetAsync(agent, rig, hash) <= update.Length);
    }

    [Fact]
    public async Task Of_two_writers_one_waits_its_turn()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var (update, hash) = Update(rig, 1);
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        using var gate = new GatedStream(update);
        var first = SendAsync(agent, hash, new StreamContent(gate), 0);
        await gate.Started;

        // Once an offer finds it busy, the first writes, and the second cannot be before it.
        using (await UntilAsync(() => OfferAsync(agent, rig, hash), answer => !answer.IsSuccessStatusCode))
        {
        }

        using var refused = await AppendAsync(agent, hash, update, 0);
        await Task.FromResult(refused).RefusedAsync(409, "upload-busy");
        Assert.NotNull(refused.Headers.RetryAfter);
        gate.Open();
        Assert.Equal(update.Length, (await first.ReadAsync(Form)).Offset);
    }

    [Fact]
    public async Task A_sender_that_begins_too_many_loses_the_oldest()
    {
        await using var rig = await CollectingAsync();
        using var agent = await rig.AgentAsync("berlin");
        var hashes = Enumerable.Range(1, 5).Select(number => Update(rig, number)).ToList();
        foreach (var (update, hash) in hashes)
        {
            await OfferAsync(agent, rig, hash).ReadAsync(Form);
            await AppendAsync(agent, hash, update[..100], 0).ReadAsync(Form);
        }

        Assert.Equal(100, (await OfferAsync(agent, rig, hashes[4].Hash).ReadAsync(Form)).Offset);
        Assert.Equal(0, (await OfferAsync(agent, rig, hashes[0].Hash).ReadAsync(Form)).Offset);
    }

    private static System.Text.Json.Serialization.Metadata.JsonTypeInfo<UploadProgress> Form =>
        WireJson.Default.UploadProgress;

    private static async Task<GatewayRig> CollectingAsync()
    {
        var rig = await GatewayRig.StartAsync();
        await rig.CollectAsync("berlin", "paris");
        return rig;
    }

    private static (byte[] Update, BlobHash Hash) Update(GatewayRig rig, int number)
    {
        var update = rig.Update(number);
        return (update, BlobHash.Of(SHA256.HashData(update)));
    }

    private static Task<HttpResponseMessage> OfferAsync(
        HttpClient agent, GatewayRig rig, BlobHash hash, int weight = 1, long? bytes = null) =>
        agent.PutAsync(
            Address, Answers.Json(new(hash, bytes ?? rig.Form.Bytes, weight), WireJson.Default.UploadOffer));

    private static Task<HttpResponseMessage> AppendAsync(HttpClient agent, BlobHash hash, byte[] bytes, long offset) =>
        SendAsync(agent, hash, Bytes(bytes), offset);

    private static ByteArrayContent Bytes(byte[] bytes) =>
        new(bytes) { Headers = { ContentType = new("application/octet-stream") } };

    private static Task<HttpResponseMessage> SendAsync(
        HttpClient agent, BlobHash hash, HttpContent body, long offset,
        CancellationToken cancellationToken = default)
    {
        body.Headers.ContentType = new("application/octet-stream");
        var request = new HttpRequestMessage(HttpMethod.Patch, $"{Address}/{hash}") { Content = body };
        request.Headers.Add(Routes.UploadOffsetHeader, $"{offset}");
        return agent.SendAsync(request, cancellationToken);
    }

    private static Task<HttpResponseMessage> CompleteAsync(HttpClient agent, BlobHash hash) =>
        agent.PostAsync($"{Address}/{hash}/complete", content: null);

    private static async Task DeliverAsync(HttpClient agent, GatewayRig rig, byte[] update, BlobHash hash)
    {
        await OfferAsync(agent, rig, hash).ReadAsync(Form);
        await AppendAsync(agent, hash, update, 0).ReadAsync(Form);
        Assert.NotNull((await CompleteAsync(agent, hash).ReadAsync(Form)).Receipt);
    }

    private static async Task<long> OffsetAsync(HttpClient agent, GatewayRig rig, BlobHash hash)
    {
        using var answer = await UntilAsync(
            () => OfferAsync(agent, rig, hash), answer => answer.IsSuccessStatusCode);
        return (await Task.FromResult(answer).ReadAsync(Form)).Offset;
    }

    private static async Task<HttpResponseMessage> UntilAsync(
        Func<Task<HttpResponseMessage>> ask, Predicate<HttpResponseMessage> isEnough)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (isEnough(answer)) return answer;
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"still {answer.StatusCode}");
            await Task.Delay(100);
        }
    }
}
