using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Tests.Work;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;
using IdentitySample = FedLowRank.Federation.Tests.Identity.Sample;

namespace FedLowRank.Federation.Tests.Checkpoints;

/// <summary>
/// An export is what PEFT reads: looked at byte by byte as its documentation describes the files, without our own
/// readers. And it is there whole or not at all.
/// </summary>
public sealed class CheckpointExportTests : IDisposable
{
    private readonly WorkFolder folder = new();
    private readonly DirectoryInfo outside = Directory.CreateTempSubdirectory("fedlowrank-export-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(outside.FullName, "adapter");

    public void Dispose()
    {
        folder.Dispose();
        outside.Delete(recursive: true);
    }

    [Theory]
    [InlineData("fedsvd")]
    [InlineData("fed-sb")]
    public async Task The_tensors_and_the_configuration_are_those_that_PEFT_loads(string method)
    {
        var checkpoints = await folder.RunAsync(Plan(method), rounds: 2);
        var (signature, manifest) = await SignedAsync(checkpoints[2]);
        var options = CheckpointExport.DefaultOptions(manifest) with { BaseModel = "company/base" };
        await CheckpointExport.WriteAsync(signature, manifest, folder.Reader, options, Target, Token);

        Assert.Equal(
            [
                "README.md", "adapter_config.json", "adapter_model.safetensors", "manifest.json", "signature.json",
            ],
            Directory.GetFiles(Target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var adapter = await folder.Reader.ReadAdapterAsync(manifest, Token);
        CheckConfig(adapter);
        CheckTensors(adapter);
    }

    [Fact]
    public async Task Manifest_and_signature_can_be_checked_by_anybody_with_the_authoritys_certificate()
    {
        var checkpoints = await folder.RunAsync(Plan(isPrivate: true), rounds: 1);
        var (signature, manifest) = await SignedAsync(checkpoints[1]);
        await ExportAsync(signature, manifest);

        var json = await System.IO.File.ReadAllBytesAsync(Path.Combine(Target, "manifest.json"), Token);
        Assert.Equal(checkpoints[1].ToString(), Convert.ToHexStringLower(SHA256.HashData(json)));
        using var stored = JsonDocument.Parse(await TextAsync("signature.json"));
        var read = new SignedCheckpoint(
            new(stored.RootElement.GetProperty("run").GetString()!),
            BlobHash.Parse(stored.RootElement.GetProperty("manifest").GetString()!),
            stored.RootElement.GetProperty("at").GetDateTimeOffset(),
            stored.RootElement.GetProperty("signature").GetString()!);
        Assert.Equal(signature, read);
        Assert.True(CheckpointSignatures.IsGenuine(read, IdentitySample.Authority.Certificate));

        var readMe = await TextAsync("README.md");
        Assert.Contains("# Adapter of night-shift after round 1 of 4", readMe);
        Assert.Contains($"| checkpoint | {checkpoints[1]} |", readMe);
        Assert.Contains("noise multiplier 1, clip norm 1, delta 1E-05", readMe);
    }

    [Fact]
    public async Task The_start_of_a_run_can_be_exported_too()
    {
        var (signature, manifest) = await SignedAsync(await folder.StartAsync(Plan(), Adapter()));
        await ExportAsync(signature, manifest);
        CheckTensors(Adapter());
        Assert.Contains("before round 1 of 4", await TextAsync("README.md"));
        Assert.Contains("the run was not private", await TextAsync("README.md"));
    }

    [Theory]
    [InlineData(WeightFormat.Full, null)]
    [InlineData(WeightFormat.EightBit, "base weights in int8: ")]
    [InlineData(WeightFormat.FourBit, "base weights in nf4: ")]
    public async Task An_adapter_of_a_quantised_base_says_so(WeightFormat format, string? words)
    {
        var plan = Plan();
        plan = plan with { Round = plan.Round with { BaseFormat = format } };
        var (signature, manifest) = await SignedAsync(await folder.StartAsync(plan, Adapter()));
        Assert.Equal(format, manifest.Plan.Round.BaseFormat);
        await ExportAsync(signature, manifest);
        var readMe = await TextAsync("README.md");
        Assert.Equal(words is not null, readMe.Contains("## The base must be quantised", StringComparison.Ordinal));
        Assert.Contains(words ?? "rounded once from\nfloat64.\n", readMe, StringComparison.Ordinal);
        Assert.EndsWith(words is null ? "float64.\n" : "the adapter on it.\n", readMe, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_anything_is_wrong_nothing_is_left()
    {
        var checkpoints = await folder.RunAsync(Plan(), rounds: 1);
        var (signature, manifest) = await SignedAsync(checkpoints[1]);
        var (other, _) = await SignedAsync(checkpoints[0]);
        await FailsAsync("the signature is of", () => ExportAsync(other, manifest));
        await FailsAsync("the signature is of", () => ExportAsync(signature with { Run = new("day") }, manifest));
        await folder.WithDamageAsync(
            manifest.Parts[1], whole => [.. whole[..^1], (byte)(whole[^1] ^ 1)],
            () => FailsAsync($"{manifest.Parts[1]}", () => ExportAsync(signature, manifest)));
        var narrow = new PeftExportOptions { TargetModules = ["layer.0.query"] };
        await FailsAsync("under none of target_modules", () => CheckpointExport.WriteAsync(
            signature, manifest, folder.Reader, narrow, Target, Token));
        await FailsAsync("is not there", () => CheckpointExport.WriteAsync(
            signature, manifest, folder.Reader, narrow, Path.Combine(Target, "deeper"), Token));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CheckpointExport.WriteAsync(
            signature, manifest, folder.Reader, new(), Target, cancelled.Token));
        Assert.Empty(outside.GetFileSystemInfos());

        Directory.CreateDirectory(Target);
        await FailsAsync("is there already", () => ExportAsync(signature, manifest));
        Assert.Empty(Directory.GetFileSystemEntries(Target));
    }

    private static async Task FailsAsync(string reason, Func<Task> export) =>
        Assert.Contains(reason, (await Assert.ThrowsAsync<CheckpointException>(export)).Message);

    private void CheckConfig(Adapter adapter)
    {
        using var config = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(Target, "adapter_config.json")));
        var root = config.RootElement;
        Assert.Equal("LORA", root.GetProperty("peft_type").GetString());
        Assert.Equal("SEQ_CLS", root.GetProperty("task_type").GetString());
        Assert.Equal("company/base", root.GetProperty("base_model_name_or_path").GetString());
        Assert.Equal("none", root.GetProperty("bias").GetString());
        Assert.False(root.GetProperty("use_dora").GetBoolean());
        Assert.False(root.GetProperty("use_rslora").GetBoolean());
        Assert.Equal(
            Modules, root.GetProperty("target_modules").EnumerateArray().Select(name => name.GetString()).Order());
        Assert.Equal(
            ["classifier"], root.GetProperty("modules_to_save").EnumerateArray().Select(name => name.GetString()));
        foreach (var shape in adapter.Layers.Select(layer => layer.Shape))
        {
            Assert.Equal(shape.Rank, Of("rank_pattern", shape.Module, "r"));
            Assert.Equal(shape.Alpha, Of("alpha_pattern", shape.Module, "lora_alpha"));
        }

        double Of(string pattern, string module, string otherwise) =>
            root.GetProperty(pattern).TryGetProperty(module, out var own)
                ? own.GetDouble()
                : root.GetProperty(otherwise).GetDouble();
    }

    private void CheckTensors(Adapter adapter)
    {
        var file = System.IO.File.ReadAllBytes(Path.Combine(Target, "adapter_model.safetensors"));
        var headerBytes = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerBytes));
        Assert.Equal("pt", header.RootElement.GetProperty("__metadata__").GetProperty("format").GetString());
        var left = header.RootElement.EnumerateObject().Select(entry => entry.Name).ToHashSet();
        Assert.True(left.Remove("__metadata__"));
        foreach (var layer in adapter.Layers.Select(layer => layer.Folded()))
        {
            var shape = layer.Shape;
            CheckTensor($"{shape.Module}.lora_A.weight", [shape.Rank, shape.InputWidth], layer.A);
            CheckTensor($"{shape.Module}.lora_B.weight", [shape.OutputWidth, shape.Rank], layer.B);
        }

        foreach (var tensor in adapter.Head)
        {
            var spec = tensor.Spec;
            CheckTensor(spec.Name, spec.Columns == 1 ? [spec.Rows] : [spec.Rows, spec.Columns], tensor.Values);
        }

        Assert.Empty(left);

        void CheckTensor(string name, int[] shape, ReadOnlySpan<double> expected)
        {
            Assert.True(left.Remove($"base_model.model.{name}"), name);
            var entry = header.RootElement.GetProperty($"base_model.model.{name}");
            Assert.Equal("F32", entry.GetProperty("dtype").GetString());
            Assert.Equal(shape, entry.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32()));
            var offsets = entry.GetProperty("data_offsets");
            var bytes = file.AsSpan(8 + headerBytes)[offsets[0].GetInt32()..offsets[1].GetInt32()];
            Assert.Equal(expected.Length * 4, bytes.Length);
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal((float)expected[i], BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]));
        }
    }

    private Task ExportAsync(SignedCheckpoint signature, CheckpointManifest manifest) => CheckpointExport.WriteAsync(
        signature, manifest, folder.Reader, CheckpointExport.DefaultOptions(manifest), Target, Token);

    private async Task<(SignedCheckpoint Signature, CheckpointManifest Manifest)> SignedAsync(BlobHash checkpoint) =>
    (
        CheckpointSignatures.Sign(WorkFolder.Run, checkpoint, IdentitySample.Authority, IdentitySample.Noon),
        await folder.Reader.ReadManifestAsync(checkpoint, Token));

    private Task<string> TextAsync(string name) =>
        System.IO.File.ReadAllTextAsync(Path.Combine(Target, name), Token);
}
