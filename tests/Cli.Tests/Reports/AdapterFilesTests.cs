using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Cli.Reports;

namespace FedLowRank.Cli.Tests.Reports;

public sealed class AdapterFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task An_adapter_comes_back_from_its_files_in_F32()
    {
        var adapter = Adapter(i => 1.0 / (i + 3));
        var path = AdapterFiles.TryWrite(Path.Combine(folder, "adapter"), adapter, "the-base");
        Assert.NotNull(path);
        var token = TestContext.Current.CancellationToken;
        var config = PeftConfig.Parse(await File.ReadAllBytesAsync(Path.Combine(path, "adapter_config.json"), token));
        await using var tensors = File.OpenRead(Path.Combine(path, "adapter_model.safetensors"));
        var read = await PeftImport.ReadAsync(config, tensors, cancellationToken: token);
        Assert.Equal("the-base", config.BaseModel);
        Assert.Equal(adapter.ToSingle(adapter.Layout), read.ToSingle(adapter.Layout));
    }

    [Fact]
    public void An_adapter_that_diverged_is_not_written()
    {
        Assert.Null(AdapterFiles.TryWrite(folder, Adapter(_ => double.NaN), "the-base"));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    private static Adapter Adapter(Func<int, double> value)
    {
        double[] Values(int count) => [.. Enumerable.Range(0, count).Select(value)];
        var shape = new LoraShape("encoder.layer.0.attention.self.query", 6, 5, 2, 4);
        var head = new TensorSpec("classifier.out_proj.weight", 3, 6);
        return new Adapter(
            [new LoraFactors(shape, Values(shape.A.Count), Values(shape.B.Count))],
            [new NamedTensor(head, Values(head.Count))]);
    }
}
