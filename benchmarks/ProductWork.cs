using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Benchmarks;

/// <summary>The forward products of one layer at a model's widths, on one core.</summary>
internal sealed unsafe class ProductWork : IDisposable
{
    private const int Rows = 512;

    private readonly (AlignedBuffer Input, PackedMatrix Weights, AlignedBuffer Output)[] products;

    public ProductWork(ModelConfig config)
    {
        products = [.. Widths(config).Select(Create)];
        Operations = products.Sum(p => 2.0 * Rows * p.Weights.Rows * p.Weights.Columns);
    }

    /// <summary>Operations of one <see cref="Run"/>; a multiply-add counts two.</summary>
    public double Operations { get; }

    public void Run()
    {
        foreach (var (input, weights, output) in products)
        {
            GemmKernel.Best.Multiply(
                new MatrixRef(input.Pointer, weights.Rows), Rows, weights,
                new MatrixRef(output.Pointer, weights.Columns));
        }
    }

    public void Dispose()
    {
        foreach (var (input, weights, output) in products)
        {
            input.Dispose();
            weights.Dispose();
            output.Dispose();
        }
    }

    private static (int In, int Out)[] Widths(ModelConfig config)
    {
        var (d, f) = (config.HiddenSize, config.FeedForwardSize);
        return config is DecoderConfig { QueryWidth: var q, KeyValueWidth: var k }
            ? [(d, q), (d, k), (d, k), (q, d), (d, f), (d, f), (f, d)]
            : [(d, d), (d, d), (d, d), (d, d), (d, f), (f, d)];
    }

    private static (AlignedBuffer Input, PackedMatrix Weights, AlignedBuffer Output) Create((int In, int Out) widths)
    {
        using var source = new AlignedBuffer((long)widths.In * widths.Out);
        var packed = new PackedMatrix(GemmKernel.Best).Pack(source.Pointer, widths.Out, widths.In, widths.Out);
        return (new AlignedBuffer((long)Rows * widths.In), packed, new AlignedBuffer((long)Rows * widths.Out));
    }
}
