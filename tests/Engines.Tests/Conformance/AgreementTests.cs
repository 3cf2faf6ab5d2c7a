// Goal: the engines agree on the clipped sum, which is all that leaves one: a table, and a limit for each row.
using FedLowRank.Tests;
using FedLowRank.Training.Tests.Engine;

namespace FedLowRank.Engines.Tests.Conformance;

public sealed class AgreementTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    // Of one step in BF16, whose mantissa has 8 bits, through a few layers.
    private const double BFloat16Tolerance = 0.05;

    private static readonly string[] Trained = ["sample base", "stories260k"];

    public static TheoryData<string> Names => [.. Material.Names.Select(row => row.Data), .. Trained];

    /// <summary>Clip norms that scale all, some and no examples down.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Clipped_sums_agree(string name)
    {
        foreach (var clip in (double[])[1e-3, 1, 1e3])
        {
            var expected = Sum(EngineKind.Cpu, name, clip);
            foreach (var kind in new[] { EngineKind.Torch, EngineKind.TorchRecomputing })
                Within(Tolerance, kind, name, clip, expected);
        }

        // Random weights can make a gradient depend on the last bits of BF16: rounding them alone changes it as much.
        if (Trained.Contains(name))
            Within(BFloat16Tolerance, EngineKind.TorchBFloat16, name, clip: 1, Sum(EngineKind.Cpu, name, clip: 1));
    }

    private void Within(double limit, EngineKind kind, string name, double clip, double[] expected)
    {
        var difference = Differences.OfLength(expected, Sum(kind, name, clip));
        output.WriteLine($"{name,-20} C = {clip,-6} {kind.Name,-20} {difference:e2}");
        Assert.True(difference <= limit, $"{name}, C = {clip}, {kind.Name}: {difference:e2}");
    }

    private static double[] Sum(EngineKind kind, string name, double clip)
    {
        var (encoder, llama) = (GoldenBase.Instance, GoldenLlama.Instance);
        var (adapter, examples) = name switch
        {
            "sample base" => (encoder.Adapter, encoder.Examples),
            "stories260k" => (llama.Adapter, llama.Examples),
            _ => (Material.Of(name).Adapter(), Material.Of(name).Examples),
        };
        using var engine = name switch
        {
            "sample base" => kind.Open(RepositoryFiles.Path("samples", "base")),
            "stories260k" => kind.Open(GoldenLlama.Folder),
            _ => Material.Of(name).Create(kind),
        };
        engine.Load(adapter, adapter.Layout);
        return Differences.ClippedSum(engine, adapter.Layout, adapter.ToSingle(adapter.Layout), examples, clip);
    }
}
