using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Federation.Planning;

/// <summary>
/// The adapter before the first round, as far as it depends on a base model's sizes alone. In the head, square layers
/// start as random orthogonal matrices and biases at zero; an output layer that is trained starts at zero, and one that
/// is not is drawn from N(0, 0.02^2), as Hugging Face draws new layers.
/// </summary>
/// <param name="terms">Rank, start, seed and what of the head is trained.</param>
/// <param name="model">The base model's sizes.</param>
public sealed class FreshStart(StartTerms terms, IBaseModelShape model)
{
    private const double UntrainedDeviation = 0.02;

    /// <summary>Whether a start needs no more than the sizes and a seed.</summary>
    public static bool Suffices(FactorStart start) => start is FactorStart.Kaiming or FactorStart.Orthonormal;

    /// <summary>The layers to adapt, and whether the model can do what the terms ask.</summary>
    /// <exception cref="ConfigException">It cannot.</exception>
    public IReadOnlyList<LoraShape> Layers()
    {
        if (terms.TokensMax > model.TokensMax)
            throw Fault("data.tokensMax", $"is {terms.TokensMax}; the model takes at most {model.TokensMax}");
        if (terms.Task == TaskKind.NextToken && !model.PredictsTokens)
            throw Fault("task", "is nextToken; the model is no decoder with an output matrix, which it needs");
        try
        {
            return model.Adapt(terms.Lora.Targets, terms.Lora.Rank, terms.Lora.Alpha);
        }
        catch (ArgumentException e)
        {
            throw Fault($"lora.{e.ParamName}", ConfigException.TextOf(e));
        }
    }

    /// <summary>What the adapter will be, without computing it.</summary>
    /// <param name="layers">The layers to adapt.</param>
    /// <param name="head">The head's tensors, the output layer's weight and bias last.</param>
    public AdapterShape Shape(IReadOnlyList<LoraShape> layers, IReadOnlyList<TensorSpec> head) => new(
        layers.Select(layer => new LayerShape(
            layer.Module, layer.InputWidth, layer.OutputWidth, layer.Rank, layer.Alpha, HasInner)).ToValueList(),
        head.Select((spec, index) => new HeadShape(
            spec.Name, spec.Rows, spec.Columns, IsTrained(IsOutput(index, head.Count)))).ToValueList());

    /// <summary>The adapter, where its start <see cref="Suffices"/>.</summary>
    /// <inheritdoc cref="Shape"/>
    /// <exception cref="ArgumentOutOfRangeException">The start needs more than the sizes.</exception>
    public Adapter Create(IReadOnlyList<LoraShape> layers, IReadOnlyList<TensorSpec> head)
    {
        var factors = layers.Select(layer => AdapterStart.Layer(layer, terms.Method.Start, terms.Seed));
        return new(
            HasInner ? factors.Select(layer => AdapterStart.WithInner(layer, terms.Seed)) : factors, Head(head));
    }

    /// <summary>The head's tensors with their values.</summary>
    /// <param name="head">The output layer's weight and bias last.</param>
    public IReadOnlyList<NamedTensor> Head(IReadOnlyList<TensorSpec> head) =>
        [.. head.Select((spec, index) => HeadTensor(spec, IsOutput(index, head.Count)))];

    private bool HasInner => terms.Method.Name == FedSb.MethodName;

    private NamedTensor HeadTensor(TensorSpec spec, bool isOutput)
    {
        var isTrained = IsTrained(isOutput);
        if (spec.Columns == 1 || (isOutput && isTrained)) return AdapterStart.Zeros(spec, isTrained);
        return isOutput
            ? Normal(spec)
            : new NamedTensor(spec, AdapterStart.FrozenOrthogonal(spec, terms.Seed).Values.ToArray(), isTrained);
    }

    private static bool IsOutput(int index, int count) => index >= count - 2;

    private bool IsTrained(bool isOutput) => terms.Lora.Head switch
    {
        HeadTraining.All => true,
        HeadTraining.Output => isOutput,
        _ => false,
    };

    private NamedTensor Normal(TensorSpec spec)
    {
        var random = new SeededSequence(terms.Seed, spec.Name);
        var values = new double[spec.Count];
        for (var i = 0; i < values.Length; i++) values[i] = UntrainedDeviation * random.NextNormal();
        return new NamedTensor(spec, values, isTrained: false);
    }

    private ConfigException Fault(string path, string message) =>
        new(terms.Source, [new ConfigError(path, message)]);
}
