using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Training;
using FedLowRank.Training.Data;
using FedLowRank.Training.Models;
using FedLowRank.Training.Quantization;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// The adapter before the first round, where the base model is at hand; see <see cref="FreshStart"/> for what needs no
/// weights of it.
/// </summary>
/// <param name="terms">Rank, start, seed and what of the head is trained.</param>
/// <param name="model">The base model with full weights, of which some starts read weights or inputs.</param>
internal sealed class StartAdapter(StartTerms terms, LoadedModel model)
{
    private readonly FreshStart fresh = new(terms, new ModelShape(model));

    /// <summary>Values of second moments that are held at a time, if there is more than one: 2 GiB.</summary>
    private const long MomentValuesMax = 1L << 28;

    /// <summary>The layers to adapt, and whether the model can do what the terms ask.</summary>
    /// <exception cref="ConfigException">It cannot.</exception>
    public IReadOnlyList<LoraShape> Layers() => fresh.Layers();

    /// <summary>The adapter of the first round, or the one from which a gradient sketch finds it.</summary>
    /// <param name="layers">The layers to adapt.</param>
    /// <param name="head">The head's tensors, the output layer's weight and bias last.</param>
    /// <exception cref="ConfigException">The model does not show what the start needs.</exception>
    /// <exception cref="InputFileException">The public texts cannot be used.</exception>
    public Adapter Create(IReadOnlyList<LoraShape> layers, IReadOnlyList<TensorSpec> head)
    {
        var start = terms.Method.Start;
        if (FreshStart.Suffices(start)) return fresh.Create(layers, head);
        var tensors = fresh.Head(head);
        var adapter = start switch
        {
            FactorStart.Principal => new Adapter(
                layers.Select(s => AdapterStart.Principal(s, Frozen.WeightOf(s.Module))), tensors),
            FactorStart.Calibrated => new Adapter(
                Measured(layers, tensors).Select(m => AdapterStart.Calibrated(m.Shape, m.Moment)), tensors),
            FactorStart.Cloq => new Adapter(Measured(layers, tensors).Select(m => Cloq(m.Shape, m.Moment)), tensors),
            _ => new Adapter(layers.Select(s => AdapterStart.BeforeSketch(s, terms.Seed)), tensors),
        };
        return terms.Method.Name == FedSb.MethodName && start != FactorStart.GradientSketch
            ? new Adapter(adapter.Layers.Select(WithInner), adapter.Head)
            : adapter;
    }

    private LoraFactors WithInner(LoraFactors layer) => AdapterStart.WithInner(
        layer, terms.Seed, terms.Method.Start == FactorStart.Principal ? Frozen.WeightOf(layer.Shape.Module) : null);

    private IBaseModelView Frozen => model.Engine as IBaseModelView ?? throw Fault(
        "method.start", $"is {terms.Method.Start}; this model's engine shows neither its weights nor its inputs");

    /// <summary>
    /// The layers, each with the second moment of its inputs on the public texts in the model with full weights. For
    /// CLoQ too, where a layer could be measured behind the quantised ones before it: a layer is to answer as it does
    /// in the full model, whose inputs these pairs bring back, and one pass serves many layers.
    /// </summary>
    private IEnumerable<(LoraShape Shape, Matrix Moment)> Measured(
        IReadOnlyList<LoraShape> shapes, IReadOnlyList<NamedTensor> head)
    {
        var frozen = Frozen;
        var texts = PublicTexts(terms.Method.PublicText!);
        model.Engine.Load(new Adapter([], head), new TensorLayout([]));
        for (var first = 0; first < shapes.Count;)
        {
            var count = 1;
            var values = Square(shapes[first]);
            while (first + count < shapes.Count && values + Square(shapes[first + count]) <= MomentValuesMax)
            {
                values += Square(shapes[first + count]);
                count++;
            }

            var part = shapes.Skip(first).Take(count).ToList();
            var moments = frozen.InputSecondMoments([], [.. part.Select(s => s.Module)], texts);
            foreach (var shape in part)
            {
                yield return (shape, moments[shape.Module]);
            }

            first += count;
        }

        static long Square(LoraShape shape) => (long)shape.InputWidth * shape.InputWidth;
    }

    private LoraFactors Cloq(LoraShape shape, Matrix moment)
    {
        var weight = Frozen.WeightOf(shape.Module);
        var values = new float[weight.Values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)weight.Values[i];
        }

        QuantizedMatrix.Quantize(values, weight.Rows, weight.Columns, terms.BaseFormat).Dequantize(values);
        var quantized = new Matrix(weight.Rows, weight.Columns, [.. values.Select(v => (double)v)]);
        return CloqStart.Layer(shape, weight, quantized, moment);
    }

    private TokenizedExample[] PublicTexts(PublicTextConfig source)
    {
        var columns = new TextColumns
        {
            Id = null,
            Text = source.TextColumn,
            Label = null,
            Split = source.SplitColumn,
            Client = null,
        };
        var table = TextTable.Read(source.Path, columns);
        var rows = source.Split is { } split ? table.OfSplit(split) : table.Rows;
        rows = [.. rows.Take(source.ExamplesMax)];
        try
        {
            return terms.Task == TaskKind.NextToken
                ? ExampleEncoder.EncodeTokens(rows, model.Tokenizer, terms.TokensMax)
                : ExampleEncoder.Encode(rows, table.Labels, model.Tokenizer, terms.TokensMax);
        }
        catch (ArgumentException e)
        {
            throw new InputFileException(source.Path, "", ConfigException.TextOf(e), e);
        }
    }

    private ConfigException Fault(string path, string message) =>
        new(terms.Source, [new ConfigError(path, message)]);
}
