using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Cli.Reports;

namespace FedLowRank.Cli.Tests.Reports;

public sealed class AdapterFilesTests
{
    [Fact]
    public async Task An_adapter_comes_back_from_its_files_in_F32()
    {
        var adapter = Adapter(i => 1.0 / (i + 3));
        var files = AdapterFiles.TryRender(adapter, new PeftExportOptions { BaseModel = "the-base" });
        Assert.NotNull(files);
        var config = PeftConfig.Parse(files.Config);
        using var tensors = new MemoryStream(files.Tensors.ToArray());
        var read = await PeftImport.ReadAsync(
            config, tensors, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("the-base", config.BaseModel);
        Assert.Equal(adapter.ToSingle(adapter.Layout), read.ToSingle(adapter.Layout));
    }

    [Fact]
    public void An_adapter_that_diverged_has_no_files() =>
        Assert.Null(AdapterFiles.TryRender(Adapter(_ => double.NaN), new PeftExportOptions()));

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
