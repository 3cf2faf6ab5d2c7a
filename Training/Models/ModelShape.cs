using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Data;
using FedLowRank.Training.Engine;

namespace FedLowRank.Training.Models;

/// <summary>The sizes of a base model that adapters depend on.</summary>
public sealed class ModelShape : IBaseModelShape
{
    private readonly IReadOnlyList<LinearModule> modules;
    private readonly Func<int, IReadOnlyList<TensorSpec>> headFor;

    /// <summary>Of a model in memory.</summary>
    public ModelShape(LoadedModel model)
        : this(model.Modules, model.HeadFor, model.TokensMax, model.PredictsTokens)
    {
    }

    private ModelShape(
        IReadOnlyList<LinearModule> modules, Func<int, IReadOnlyList<TensorSpec>> headFor, int tokensMax,
        bool predictsTokens)
    {
        (this.modules, this.headFor, TokensMax, PredictsTokens) = (modules, headFor, tokensMax, predictsTokens);
    }

    /// <inheritdoc/>
    public int TokensMax { get; }

    /// <inheritdoc/>
    public bool PredictsTokens { get; }

    /// <inheritdoc/>
    public long LinearWeights => modules.Sum(module => (long)module.InputWidth * module.OutputWidth);

    /// <summary>
    /// Of a <c>config.json</c> alone. Only its weights tell whether a decoder has an output matrix; it counts as there.
    /// </summary>
    /// <param name="json">The content of the file.</param>
    /// <exception cref="FormatException">It is none, or of a model that is not supported; says which field.</exception>
    public static ModelShape Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var config = ModelConfig.Parse(json, "config.json");
            return new(
                config.Modules, labels => HeadTensors.For(config, labels), config.TokensMax, config is DecoderConfig);
        }
        catch (InputFileException fault)
        {
            throw new FormatException(fault.Message, fault);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<LoraShape> Adapt(IReadOnlyList<string> targets, int rank, double alpha)
    {
        var adapted = LoraTargets.Resolve(modules, targets);
        var narrow = adapted.MinBy(module => Math.Min(module.InputWidth, module.OutputWidth))!;
        return rank > Math.Min(narrow.InputWidth, narrow.OutputWidth)
            ? throw new ArgumentException(
                $"is {rank}; expected at most the narrower side of {narrow.Name}, which is {narrow.OutputWidth} x " +
                $"{narrow.InputWidth}",
                nameof(rank))
            : [.. adapted.Select(module =>
                new LoraShape(module.Name, module.InputWidth, module.OutputWidth, rank, alpha))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<TensorSpec> HeadFor(int labels) => headFor(labels);
}
