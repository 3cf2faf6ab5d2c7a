using System.Text;
using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Gateway.Tests.Rig;

/// <summary>A base model of two layers; its configuration is the width of both.</summary>
internal sealed class TinyModel(int width) : IBaseModelShape
{
    public int TokensMax => 64;

    public bool PredictsTokens => false;

    public long LinearWeights => 2L * width * width;

    public static IBaseModelShape Read(ReadOnlyMemory<byte> json) =>
        new TinyModel(int.Parse(Encoding.UTF8.GetString(json.Span)));

    public IReadOnlyList<LoraShape> Adapt(IReadOnlyList<string> targets, int rank, double alpha)
    {
        if (targets.Any(target => target is not ("query" or "value")))
            throw new ArgumentException("a target matches no layer; there are query, value", nameof(targets));
        return rank > width
            ? throw new ArgumentException($"is {rank}; expected at most {width}", nameof(rank))
            : [.. targets.Select(target => new LoraShape($"layer.0.{target}", width, width, rank, alpha))];
    }

    public IReadOnlyList<TensorSpec> HeadFor(int labels) =>
        [new("dense.weight", width, width), new("out.weight", labels, width), new("out.bias", labels, 1)];
}
