using System.Net;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.AzureBlobs;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Storage.AzureBlobs.Tests;

/// <summary>
/// Goal: an agent may write its update past the gateway, and a receipt means what it always means. Method: a real
/// gateway on Azurite, and the agent's side by plain HTTP.
/// </summary>
public sealed class DirectUploadTests(Azurite azure, ITestOutputHelper output) : IAsyncLifetime
{
    private const int PieceBytes = 2048;

    private static readonly string Address = Routes.Agent.Update(GatewayRig.Run, GatewayRig.Round);

    private readonly string container = $"test-{Guid.NewGuid():N}";
    private readonly ShiftedTime time = new();
    private readonly HttpClient storage = new();
    private GatewayRig rig = null!;
    private byte[] update = [];
    private BlobHash hash;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Azurite.Require();
        rig = await StartAsync(isDirect: true);
    }

    public async ValueTask DisposeAsync()
    {
        storage.Dispose();
        if (rig is not null) await rig.DisposeAsync();
    }

    [Fact]
    public async Task An_update_goes_past_the_gateway_and_the_receipt_means_the_blob()
    {
        using var agent = await rig.AgentAsync("berlin");
        var offered = await OfferAsync(agent);
        Assert.Equal((0, PieceBytes), (offered.Offset, offered.Link!.PieceBytes));
        await PutAsync(offered.Link, update[..PieceBytes], 0);
        offered = await OfferAsync(agent);
        Assert.Equal(PieceBytes, offered.Offset);
        await CompleteAsync(agent).RefusedAsync(409, "incomplete");
        await PutRestAsync(offered.Link!, offered.Offset);
        offered = await OfferAsync(agent);
        Assert.Equal((update.Length, null), (offered.Offset, offered.Link));
        var receipt = (await CompleteAsync(agent).ReadAsync(Form)).Receipt!;
        Assert.Equal((hash, (long)update.Length), (receipt.Update, receipt.Bytes));
        Assert.Equal(update, await StoredAsync());
    }

    [Fact]
    public async Task What_the_link_left_goes_by_the_gateway()
    {
        using var agent = await rig.AgentAsync("berlin");
        var link = (await OfferAsync(agent)).Link!;
        await PutAsync(link, update[..PieceBytes], 0);
        await PutAsync(link, update[PieceBytes..3000], PieceBytes);
        using var rest = new ByteArrayContent(update[3000..]);
        rest.Headers.ContentType = new("application/octet-stream");
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{Address}/{hash}") { Content = rest };
        request.Headers.Add(Routes.UploadOffsetHeader, "3000");
        Assert.Equal(update.Length, (await agent.SendAsync(request, Token).ReadAsync(Form)).Offset);
        Assert.NotNull((await CompleteAsync(agent).ReadAsync(Form)).Receipt);
        Assert.Equal(update, await StoredAsync());
    }

    [Fact]
    public async Task What_is_written_by_the_link_after_the_receipt_changes_nothing()
    {
        using var agent = await rig.AgentAsync("berlin");
        var link = (await OfferAsync(agent)).Link!;
        await PutRestAsync(link, 0);
        var receipt = (await CompleteAsync(agent).ReadAsync(Form)).Receipt;
        var forged = rig.Update(2);
        await PutAsync(link, forged[..PieceBytes], 0);
        await PutWholeAsync(link, forged);
        Assert.Equal(update, await StoredAsync());
        Assert.Equal(receipt, (await CompleteAsync(agent).ReadAsync(Form)).Receipt);
        Assert.Equal(update, await StoredAsync());
        await rig.Blobs.ExpireUploadsAsync(DateTimeOffset.UtcNow.AddHours(1), Token);
        Assert.Equal(update, await StoredAsync());
    }

    [Fact]
    public async Task What_is_overwritten_before_the_completion_is_caught_by_the_hash()
    {
        using var agent = await rig.AgentAsync("berlin");
        var link = (await OfferAsync(agent)).Link!;
        await PutRestAsync(link, 0);
        var piece = update[..PieceBytes];
        piece[^1] ^= 1;
        await PutAsync(link, piece, 0);
        await CompleteAsync(agent).RefusedAsync(422, "hash-mismatch");
        Assert.Null(await rig.Blobs.FindAsync(hash, Token));

        // The upload is dropped, and the agent may begin again.
        link = (await OfferAsync(agent)).Link!;
        await PutRestAsync(link, 0);
        Assert.NotNull((await CompleteAsync(agent).ReadAsync(Form)).Receipt);
    }

    [Fact]
    public async Task What_is_overwritten_while_the_gateway_reads_does_not_get_in()
    {
        var store = (AzureBlobStore)rig.Blobs;
        var id = new UploadId("raced");
        var status = await store.BeginUploadAsync(id, update.Length, Token);
        var link = (await store.LinkAsync(status, TimeSpan.FromMinutes(5), Token))!;
        await PutRestAsync(link, 0);
        var forged = rig.Update(2);
        var answers = new List<HttpStatusCode>();
        await store.CompleteUploadAsync(
            id, hash,
            async (content, token) =>
            {
                answers.Add(await TryPutAsync(link.PieceAt(0), forged[..PieceBytes]));
                answers.Add(await TryPutAsync(link.Address, forged, isWhole: true));
                await content.CopyToAsync(Stream.Null, token);
            },
            Token);
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.PreconditionFailed, answer));
        Assert.Equal(update, await StoredAsync());
    }

    [Fact]
    public async Task Whoever_breaks_the_lease_by_the_link_and_overwrites_gets_nothing_in_either()
    {
        var store = (AzureBlobStore)rig.Blobs;
        var id = new UploadId("broken");
        var status = await store.BeginUploadAsync(id, update.Length, Token);
        var link = (await store.LinkAsync(status, TimeSpan.FromMinutes(5), Token))!;
        await PutRestAsync(link, 0);
        try
        {
            await store.CompleteUploadAsync(
                id, hash,
                async (content, token) =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Put, $"{link.Address}&comp=lease");
                    request.Headers.Add("x-ms-lease-action", "break");
                    request.Headers.Add("x-ms-lease-break-period", "0");
                    using var answer = await storage.SendAsync(request, token);
                    Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
                    await PutWholeAsync(link, rig.Update(2));
                    await content.CopyToAsync(Stream.Null, token);
                },
                Token);
        }
        catch (BlobException)
        {
        }

        if (await store.FindAsync(hash, Token) is not null) Assert.Equal(update, await StoredAsync());
        Assert.Null(await store.FindAsync(BlobHash.Of(SHA256.HashData(rig.Update(2))), Token));
    }

    [Fact]
    public async Task More_than_was_offered_is_refused_and_dropped()
    {
        using var agent = await rig.AgentAsync("berlin");
        var link = (await OfferAsync(agent)).Link!;
        await PutRestAsync(link, 0);
        await PutAsync(link, [1, 2, 3], update.Length);
        await CompleteAsync(agent).RefusedAsync(413, "too-large");
        Assert.Equal(0, (await OfferAsync(agent)).Offset);
    }

    [Fact]
    public async Task A_link_can_neither_read_nor_list_nor_delete_nor_write_another_name()
    {
        using var agent = await rig.AgentAsync("berlin");
        var link = (await OfferAsync(agent)).Link!;
        await PutRestAsync(link, 0);
        var blob = await rig.Blobs.PutAsync(new MemoryStream([1, 2, 3]), Token);
        var text = link.Address.AbsoluteUri;
        var (own, query) = (link.Address.GetLeftPart(UriPartial.Path), link.Address.Query);
        var root = own[..own.IndexOf("/uploads/", StringComparison.Ordinal)];
        (HttpMethod Method, string Address)[] tries =
        [
            (HttpMethod.Get, text), (HttpMethod.Get, $"{text}&comp=blocklist"), (HttpMethod.Delete, text),
            (HttpMethod.Get, $"{root}{query}&restype=container&comp=list"),
            (HttpMethod.Put, $"{own}x{query}&comp=block&blockid=AAAA"),
            (HttpMethod.Put, $"{root}/blobs/{blob.Hash.ToString()[..2]}/{blob.Hash}{query}&comp=block&blockid=AAAA"),
            (HttpMethod.Get, $"{root}/blobs/{blob.Hash.ToString()[..2]}/{blob.Hash}{query}"),
            (HttpMethod.Put, $"{own}?comp=block&blockid=AAAA"),
        ];
        foreach (var (method, address) in tries)
        {
            using var request = new HttpRequestMessage(method, address) { Content = new ByteArrayContent([1]) };
            using var answer = await storage.SendAsync(request, Token);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {address}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task A_link_expires()
    {
        using var agent = await rig.AgentAsync("berlin");
        time.Advance(TimeSpan.FromMinutes(-16));
        var link = (await OfferAsync(agent)).Link!;
        Assert.Equal(HttpStatusCode.Forbidden, await TryPutAsync(link.PieceAt(0), update[..PieceBytes]));
        time.Advance(TimeSpan.FromMinutes(2));
        link = (await OfferAsync(agent)).Link!;
        Assert.Equal(HttpStatusCode.Created, await TryPutAsync(link.PieceAt(0), update[..PieceBytes]));
    }

    [Fact]
    public async Task A_run_that_does_not_want_it_gets_no_link()
    {
        await using var ordinary = await StartAsync(isDirect: false);
        using var agent = await ordinary.AgentAsync("berlin");
        var answer = await agent.PutAsync(
            Address, Answers.Json(new(hash, update.Length), WireJson.Default.UploadOffer), Token);
        Assert.DoesNotContain("link", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_does_not_print_what_proves_it()
    {
        var link = new StagingLink(new("https://x.blob.core.windows.net/c/u?sig=secret"), DateTimeOffset.UtcNow, 1);
        Assert.DoesNotContain("secret", $"{link} {new UploadProgress(0) { Link = link }}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_and_requests_into_the_gateway_with_and_without()
    {
        var figures = new List<string>();
        foreach (var isDirect in (bool[])[false, true])
        {
            var wire = new Wire();
            await using var world = await StartAsync(isDirect, wire);
            var (sentBefore, readBefore) = (wire.SentBytes, wire.ReadBytes);
            using var agent = await world.AgentAsync("berlin");
            var (requests, bytes) = (0, 0L);
            var answer = await CountedAsync(HttpMethod.Put, "", offer: true, []);
            if (answer.Link is { } link)
            {
                await PutRestAsync(link, 0);
                answer = await CountedAsync(HttpMethod.Put, "", offer: true, []);
            }

            if (answer.Offset < update.Length) await CountedAsync(HttpMethod.Patch, $"/{hash}", offer: false, update);
            answer = await CountedAsync(HttpMethod.Post, $"/{hash}/complete", offer: false, []);
            Assert.NotNull(answer.Receipt);
            Assert.Equal(isDirect, bytes < update.Length);
            var (sent, read) = (wire.SentBytes - sentBefore, wire.ReadBytes - readBefore);
            var written = isDirect ? update.Length : 2 * update.Length;

            // Besides the update there is the list of its sections.
            Assert.InRange(sent, written, written + 1000);
            Assert.InRange(read, update.Length, (2 * update.Length) - 1);
            figures.Add(
                $"direct {isDirect}: an update of {update.Length} bytes, into the gateway {requests} requests with " +
                $"{bytes} bytes; from the gateway to the storage {sent}, and back {read}");

            async Task<UploadProgress> CountedAsync(HttpMethod method, string path, bool offer, byte[] content)
            {
                using var body = offer
                    ? Answers.Json(new(hash, update.Length), WireJson.Default.UploadOffer)
                    : new ByteArrayContent(content) { Headers = { ContentType = new("application/octet-stream") } };
                using var request = new HttpRequestMessage(method, Address + path) { Content = body };
                if (method == HttpMethod.Patch) request.Headers.Add(Routes.UploadOffsetHeader, "0");
                requests++;
                bytes += body.Headers.ContentLength!.Value;
                return await agent.SendAsync(request, Token).ReadAsync(Form);
            }
        }

        foreach (var figure in figures) output.WriteLine(figure);
    }

    private static System.Text.Json.Serialization.Metadata.JsonTypeInfo<UploadProgress> Form =>
        WireJson.Default.UploadProgress;

    private async Task<GatewayRig> StartAsync(bool isDirect, Wire? wire = null)
    {
        var client = azure.Container(container, wire?.Options());
        await client.CreateIfNotExistsAsync(cancellationToken: Token);
        var plan = GatewayRig.Plan with { Policy = GatewayRig.Plan.Policy with { DirectUploads = isDirect } };
        var started = await GatewayRig.StartAsync(
            blobs: new AzureBlobStore(client, new() { BlobBytesMax = 1 << 20 }, time, PieceBytes), plan: plan);
        await started.CollectAsync("berlin", "paris");
        update = started.Update(1);
        hash = BlobHash.Of(SHA256.HashData(update));
        Assert.True(update.Length > 3 * PieceBytes, $"{update.Length} bytes");
        return started;
    }

    private Task<UploadProgress> OfferAsync(HttpClient agent) => agent.PutAsync(
        Address, Answers.Json(new(hash, update.Length), WireJson.Default.UploadOffer), Token).ReadAsync(Form);

    private Task<HttpResponseMessage> CompleteAsync(HttpClient agent) =>
        agent.PostAsync($"{Address}/{hash}/complete", content: null, Token);

    private async Task PutRestAsync(StagingLink link, long offset)
    {
        for (var place = (int)offset; place < update.Length; place += PieceBytes)
            await PutAsync(link, update[place..Math.Min(place + PieceBytes, update.Length)], place);
    }

    private async Task PutAsync(StagingLink link, byte[] piece, long offset) =>
        Assert.Equal(HttpStatusCode.Created, await TryPutAsync(link.PieceAt(offset), piece));

    private async Task PutWholeAsync(StagingLink link, byte[] content) =>
        Assert.Equal(HttpStatusCode.Created, await TryPutAsync(link.Address, content, isWhole: true));

    private async Task<HttpStatusCode> TryPutAsync(Uri address, byte[] bytes, bool isWhole = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new ByteArrayContent(bytes) };
        if (isWhole) request.Headers.Add("x-ms-blob-type", "BlockBlob");
        using var answer = await storage.SendAsync(request, Token);
        return answer.StatusCode;
    }

    private async Task<byte[]> StoredAsync()
    {
        var bytes = new MemoryStream();
        await using var stream = await rig.Blobs.OpenVerifiedAsync(hash, Token);
        await stream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }
}
