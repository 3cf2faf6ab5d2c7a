using FedLowRank.Aggregation.Refresh;

namespace FedLowRank.Training.Engine;

/// <content>The engine's view of its frozen base, for starts of A.</content>
public sealed partial class CpuEngine : IBaseModelView
{
    /// <inheritdoc/>
    public Matrix WeightOf(string module)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return LinearOf(module).Weight();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Matrix> InputSecondMoments(
        ReadOnlySpan<float> parameters, IReadOnlyCollection<string> modules,
        ReadOnlySpan<TokenizedExample> publicTexts)
    {
        if (publicTexts.IsEmpty)
        {
            throw new ArgumentException("no public text; expected at least one", nameof(publicTexts));
        }

        Map.Update(parameters);
        Check(publicTexts);
        using var moments = new InputMoments(kernel, modules.Select(LinearOf));
        while (!publicTexts.IsEmpty)
        {
            var count = MicroBatch.Fit(publicTexts, options.MicroBatchTokensMax, int.MaxValue);
            passes[0].Observe(Map, publicTexts[..count], moments);
            publicTexts = publicTexts[count..];
        }

        return moments.Means();
    }

    private FrozenLinear LinearOf(string module) =>
        model.Linears.SelectMany(l => l).FirstOrDefault(l => l.Module.Name == module)
        ?? throw new ArgumentException($"the model has no linear layer {module}", nameof(module));
}
