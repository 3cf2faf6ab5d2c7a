using System.IO.Compression;
using System.Net;
using System.Text.Json;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>
/// Goal: what comes out of the page is what comes out of the command line, for those who may, and it is written down.
/// </summary>
public class ExportTests
{
    private static readonly string Address = ConsoleRoutes.Export(GatewayRig.Run);

    [Fact]
    public async Task An_export_is_the_command_lines_folder_byte_for_byte_and_in_the_audit_log()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        var page = await browser.OpenAsync(Address);
        Assert.Contains("0 (the start)", page, StringComparison.Ordinal);
        Assert.Contains(
            "fedlowrank runs export spam --round 0 --output adapter --model BASE_MODEL_FOLDER", page,
            StringComparison.Ordinal);
        var before = Directory.EnumerateFileSystemEntries(Path.GetTempPath(), "fedlowrank-export-*").ToHashSet();
        using var answer = await browser.SendAsync(Address, new() { ["round"] = "0" });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/zip", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("spam-round-0.zip", answer.Content.Headers.ContentDisposition?.FileName);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        var exported = Files(await answer.Content.ReadAsByteArrayAsync());

        var token = TestContext.Current.CancellationToken;
        var signed = JsonSerializer.Deserialize(
            exported["spam-round-0/signature.json"], WireJson.Default.SignedCheckpoint)!;
        Assert.True(CheckpointSignatures.IsGenuine(signed, rig.Authority.Certificate));
        var reader = new CheckpointReader(rig.Blobs);
        var manifest = await reader.ReadManifestAsync(rig.Manifest, token);
        var folder = Path.Combine(Path.GetTempPath(), $"fedlowrank-test-{Guid.NewGuid():N}");
        try
        {
            await CheckpointExport.WriteAsync(
                signed, manifest, reader, CheckpointExport.DefaultOptions(manifest), folder, token);
            var wanted = Directory.EnumerateFiles(folder)
                .ToDictionary(path => $"spam-round-0/{Path.GetFileName(path)}", File.ReadAllBytes);
            Assert.Equal(wanted.Keys.Order(), exported.Keys.Order());
            Assert.Contains("spam-round-0/adapter_model.safetensors", wanted.Keys);
            Assert.All(wanted, file => Assert.Equal(file.Value, exported[file.Key]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        var entry = Assert.Single(rig.Federation.Drafts, draft => draft.Action == "adapter-export");
        Assert.Equal(("spam", AuditOutcome.Done), (entry.Target, entry.Outcome));
        Assert.Equal([new("round", "0"), new("checkpoint", rig.Manifest.ToString())], entry.Details);
        Assert.Subset(
            before, Directory.EnumerateFileSystemEntries(Path.GetTempPath(), "fedlowrank-export-*").ToHashSet());
    }

    [Fact]
    public async Task What_cannot_be_exported_is_told_in_words_and_not_written_down()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(Address);
        await SaysAsync("7", HttpStatusCode.Conflict, "has no checkpoint of round 7");
        await SaysAsync("-1", HttpStatusCode.BadRequest, "Round must be a whole number");
        await browser.OpenAsync(ConsoleRoutes.Export(new("none")), HttpStatusCode.NotFound);
        await browser.OpenAsync($"{Address}?round=x", HttpStatusCode.BadRequest);
        await rig.Blobs.DeleteAsync(rig.Manifest, DateTimeOffset.MaxValue);
        await SaysAsync("0", HttpStatusCode.Conflict, "is not kept any more");
        Assert.DoesNotContain(rig.Federation.Drafts, draft => draft.Action == "adapter-export");

        async Task SaysAsync(string round, HttpStatusCode status, string words)
        {
            using var answer = await browser.SendAsync(Address, new() { ["round"] = round });
            Assert.Equal(status, answer.StatusCode);
            Assert.Contains(words, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_not_given_out()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        var browser = await Browser.SignInAsync(rig, AdminRole.Operator);
        await browser.OpenAsync(Address);
        var manifest = await new CheckpointReader(rig.Blobs).ReadManifestAsync(
            rig.Manifest, TestContext.Current.CancellationToken);
        await rig.DamageAsync(manifest.Parts[0]);
        using var answer = await browser.SendAsync(Address, new() { ["round"] = "0" });
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.DoesNotContain(rig.Federation.Drafts, draft => draft.Action == "adapter-export");
    }

    [Fact]
    public async Task A_viewer_neither_sees_the_button_nor_gets_the_file()
    {
        await using var rig = await GatewayRig.StartAsync();
        await rig.CreateRunAsync();
        var viewer = await Browser.SignInAsync(rig, AdminRole.Viewer);
        var page = await viewer.OpenAsync(ConsoleRoutes.Run(GatewayRig.Run));
        Assert.DoesNotContain("do-export", page, StringComparison.Ordinal);
        await viewer.OpenAsync(Address, HttpStatusCode.Forbidden);
        using var answer = await viewer.SendAsync(Address, new() { ["round"] = "0" });
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var operators = await Browser.SignInAsync(rig, AdminRole.Operator);
        Assert.Contains(
            "do-export", await operators.OpenAsync(ConsoleRoutes.Run(GatewayRig.Run)), StringComparison.Ordinal);
    }

    private static Dictionary<string, byte[]> Files(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return archive.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var content = new MemoryStream();
            using var source = entry.Open();
            source.CopyTo(content);
            return content.ToArray();
        });
    }
}
