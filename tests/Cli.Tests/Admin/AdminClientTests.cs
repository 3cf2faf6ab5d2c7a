using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Wire;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Cli.Tests.Admin;

/// <summary>The client against a real HTTPS server.</summary>
public sealed class AdminClientTests : IAsyncLifetime
{
    private static readonly HastyTime Time = new();

    private FakeServer server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await FakeServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private Task<AdminClient> ConnectAsync(Profile? profile = null) =>
        AdminClient.ConnectAsync(profile ?? server.Profile, Time, Token);

    private static async Task<AdminException> RefusedAsync(AdminClient client) =>
        await Assert.ThrowsAsync<AdminException>(() => client.GetBytesAsync(Routes.Runs, Token));

    [Fact]
    public async Task It_sends_the_token_and_reads_the_answer()
    {
        server.On("GET /v1/runs", "[]");
        using var client = await ConnectAsync();
        Assert.Empty(await client.GetAsync(Routes.Runs, WireJson.Default.IReadOnlyListRunSummary, Token));
        Assert.Equal($"Bearer {server.Token}", Assert.Single(server.Calls).Authorization);
    }

    [Fact]
    public async Task A_fingerprint_alone_fetches_the_authority_without_showing_the_token()
    {
        server.On("GET /v1/authority", server.Authority.Certificate.RawData).On("GET /v1/runs", "[]");
        using var client = await ConnectAsync(server.Profile with { Certificate = null });
        await client.GetBytesAsync(Routes.Runs, Token);
        Assert.Equal([null, $"Bearer {server.Token}"], server.Calls.Select(call => call.Authorization));
    }

    [Fact]
    public async Task Another_authority_behind_the_fingerprint_is_refused()
    {
        await using var other = await FakeServer.StartAsync();
        server.On("GET /v1/authority", other.Authority.Certificate.RawData);
        var error = await Assert.ThrowsAsync<AdminException>(
            () => ConnectAsync(server.Profile with { Certificate = null }));
        Assert.Equal(("wrong-authority", ExitCode.Unreachable), (error.Code, error.ExitCode));
    }

    [Fact]
    public async Task A_server_of_another_authority_never_sees_the_token()
    {
        await using var other = await FakeServer.StartAsync();
        using var client = await ConnectAsync(other.Profile with { Server = server.Address });
        var error = await RefusedAsync(client);
        Assert.Equal(("unknown-issuer", ExitCode.Unreachable), (error.Code, error.ExitCode));
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task A_certificate_for_another_host_or_out_of_date_is_refused()
    {
        await using var elsewhere = await FakeServer.StartAsync("elsewhere.example");
        using (var client = await ConnectAsync(elsewhere.Profile))
            Assert.Equal("wrong-host", (await RefusedAsync(client)).Code);

        await using var late = await FakeServer.StartAsync(issuedAt: TimeProvider.System.GetUtcNow().AddDays(40));
        using (var client = await ConnectAsync(late.Profile))
            Assert.Equal("certificate-not-yet-valid", (await RefusedAsync(client)).Code);
    }

    [Theory]
    [InlineData(401, ExitCode.NotAllowed)]
    [InlineData(403, ExitCode.NotAllowed)]
    [InlineData(404, ExitCode.NotFound)]
    [InlineData(409, ExitCode.Refused)]
    [InlineData(422, ExitCode.Refused)]
    [InlineData(500, ExitCode.Failure)]
    [InlineData(503, ExitCode.Unreachable)]
    public async Task Problems_keep_their_code_and_get_an_exit_code(int status, int exit)
    {
        server.Refuses("GET /v1/runs", status, "some-code", "field is 3; it must be 4");
        using var client = await ConnectAsync();
        var error = await RefusedAsync(client);
        Assert.Equal(("some-code", "field is 3; it must be 4", exit), (error.Code, error.Message, error.ExitCode));
    }

    [Fact]
    public async Task An_error_without_a_problem_document_is_told_by_its_status()
    {
        using var client = await ConnectAsync();
        var error = await RefusedAsync(client);
        Assert.Equal(("http-404", ExitCode.NotFound), (error.Code, error.ExitCode));
    }

    [Fact]
    public async Task What_is_repeatable_is_sent_again_while_the_server_is_busy_and_nothing_else_is()
    {
        var busy = 2;
        server.On("GET /v1/runs", context =>
        {
            if (busy-- > 0) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        server.Refuses("POST /v1/agents", StatusCodes.Status503ServiceUnavailable, "busy", "later");
        using var client = await ConnectAsync();
        await client.GetBytesAsync(Routes.Runs, Token);
        Assert.Equal(3, server.Calls.Count);
        await Assert.ThrowsAsync<AdminException>(() => client.TellAsync(
            () => new(HttpMethod.Post, Routes.Agents), isRepeatable: false, Token));
        Assert.Equal(4, server.Calls.Count);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unreachable()
    {
        var gone = server.Profile;
        await server.DisposeAsync();
        server = await FakeServer.StartAsync();
        using var client = await ConnectAsync(gone);
        var error = await RefusedAsync(client);
        Assert.Equal(("unreachable", ExitCode.Unreachable), (error.Code, error.ExitCode));
    }

    [Fact]
    public async Task An_answer_of_another_form_names_the_address()
    {
        server.On("GET /v1/server", """{"version":"9","mood":"good"}""");
        using var client = await ConnectAsync();
        var error = await Assert.ThrowsAsync<AdminException>(
            () => client.GetAsync(Routes.Server, WireJson.Default.ServerFacts, Token));
        Assert.Equal("bad-answer", error.Code);
        Assert.Contains("/v1/server", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_goes_on_at_the_servers_place_after_every_loss()
    {
        var content = new byte[(9 << 20) + 5];
        new Random(1).NextBytes(content);
        var stored = new MemoryStream();
        var patches = 0;
        var hash = BlobHash.Of(System.Security.Cryptography.SHA256.HashData(content));
        server.On("PUT /v1/uploads", ProgressAsync);
        server.On($"POST /v1/uploads/{hash}/complete", ProgressAsync);
        server.On($"PATCH /v1/uploads/{hash}", async context =>
        {
            var at = long.Parse(context.Request.Headers[Routes.UploadOffsetHeader]!, CultureInfo.InvariantCulture);
            Assert.Equal(stored.Length, at);
            var block = (byte[])context.Items["body"]!;
            patches++;

            // The first is stored in part and not answered; the second is refused whole.
            if (patches == 2) context.Response.StatusCode = StatusCodes.Status409Conflict;
            else await stored.WriteAsync(block.AsMemory(0, patches == 1 ? 1000 : block.Length));
            if (patches == 1) context.Abort();
            else if (patches > 2) await ProgressAsync(context);
        });
        using var client = await ConnectAsync();
        var heard = new List<long>();
        using var file = new MemoryStream(content);
        var error = await Record.ExceptionAsync(() => new Uploads(client).UploadAsync(file, heard.Add, Token));
        Assert.Equal(ExitCode.Refused, Assert.IsType<AdminException>(error).ExitCode);
        Assert.Equal(hash, await new Uploads(client).UploadAsync(file, heard.Add, Token));
        Assert.Equal(content, stored.ToArray());
        Assert.Equal([0, 1000], heard[..2]);
        Assert.Equal(content.Length, heard[^1]);

        Task ProgressAsync(HttpContext context) => context.Response.WriteAsync(
            string.Create(CultureInfo.InvariantCulture, $$"""{"offset":{{stored.Length}}}"""));
    }
}
