using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Training;
using FedLowRank.Training.Data;
using FedLowRank.Training.Models;
using FedLowRank.Training.Quantization;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// The adapter before the first round. In the head, square layers start as random orthogonal matrices and biases at
/// zero; an output layer that is trained starts at zero, and one that is not is drawn from N(0, 0.02^2), as Hugging
/// Face draws new layers.
/// </summary>
/// <param name="terms">Rank, start, seed and what of the head is trained.</param>
/// <param name="model">The base model with full weights, of which some starts read weights or inputs.</param>
internal sealed class StartAdapter(StartTerms terms, LoadedModel model)
{
    private const double UntrainedDeviation = 0.02;

    /// <summary>Values of second moments that are held at a time, if there is more than one: 2 GiB.</summary>
    private const long MomentValuesMax = 1L << 28;

    /// <summary>The layers to adapt, and whether the model can do what the terms ask.</summary>
    /// <exception cref="ConfigException">It cannot.</exception>
    public IReadOnlyList<LinearModule> Modules()
    {
        if (terms.TokensMax > model.TokensMax)
        {
            throw Fault("data.tokensMax", $"is {terms.TokensMax}; the model takes at most {model.TokensMax}");
        }

        if (terms.Task == SimulationTask.NextToken && !model.PredictsTokens)
        {
            throw Fault("task", "is nextToken; the model is no decoder with an output matrix, which it needs");
        }

        IReadOnlyList<LinearModule> modules;
        try
        {
            modules = LoraTargets.Resolve(model.Modules, terms.Lora.Targets);
        }
        catch (ArgumentException e)
        {
            throw Fault("lora.targets", ConfigException.TextOf(e));
        }

        if (modules.MinBy(m => Math.Min(m.InputWidth, m.OutputWidth)) is { } narrow
            && terms.Lora.Rank > Math.Min(narrow.InputWidth, narrow.OutputWidth))
        {
            throw Fault(
                "lora.rank",
                $"is {terms.Lora.Rank}; expected at most the narrower side of {narrow.Name}, "
                + $"which is {narrow.OutputWidth} x {narrow.InputWidth}");
        }

        return modules;
    }

    /// <summary>The adapter of the first round, or the one from which a gradient sketch finds it.</summary>
    /// <param name="modules">The layers to adapt.</param>
    /// <param name="head">The head's tensors, the output layer's weight and bias last.</param>
    /// <exception cref="ConfigException">The model does not show what the start needs.</exception>
    /// <exception cref="InputFileException">The public texts cannot be used.</exception>
    public Adapter Create(IReadOnlyList<LinearModule> modules, IReadOnlyList<TensorSpec> head)
    {
        var start = terms.Method.Start;
        var shapes = modules
            .Select(m => new LoraShape(m.Name, m.InputWidth, m.OutputWidth, terms.Lora.Rank, terms.Lora.Alpha))
            .ToList();
        var tensors = head.Select((spec, index) => HeadTensor(spec, index, head.Count)).ToList();
        var adapter = start switch
        {
            FactorStart.Principal => new Adapter(
                shapes.Select(s => AdapterStart.Principal(s, Frozen.WeightOf(s.Module))), tensors),
            FactorStart.Calibrated => new Adapter(
                Measured(shapes, tensors).Select(m => AdapterStart.Calibrated(m.Shape, m.Moment)), tensors),
            FactorStart.Cloq => new Adapter(Measured(shapes, tensors).Select(m => Cloq(m.Shape, m.Moment)), tensors),
            FactorStart.GradientSketch => new Adapter(
                shapes.Select(s => AdapterStart.BeforeSketch(s, terms.Seed)), tensors),
            _ => new Adapter(shapes.Select(s => AdapterStart.Layer(s, start, terms.Seed)), tensors),
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
    private IEnumerable<(LoraShape Shape, Matrix Moment)> Measured(List<LoraShape> shapes, List<NamedTensor> head)
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
            return terms.Task == SimulationTask.NextToken
                ? ExampleEncoder.EncodeTokens(rows, model.Tokenizer, terms.TokensMax)
                : ExampleEncoder.Encode(rows, table.Labels, model.Tokenizer, terms.TokensMax);
        }
        catch (ArgumentException e)
        {
            throw new InputFileException(source.Path, "", ConfigException.TextOf(e), e);
        }
    }

    private NamedTensor HeadTensor(TensorSpec spec, int index, int count)
    {
        var isOutput = index >= count - 2;
        var isTrained = terms.Lora.Head switch
        {
            HeadTraining.All => true,
            HeadTraining.Output => isOutput,
            _ => false,
        };
        if (spec.Columns == 1 || (isOutput && isTrained))
        {
            return AdapterStart.Zeros(spec, isTrained);
        }

        return isOutput
            ? Normal(spec)
            : new NamedTensor(spec, AdapterStart.FrozenOrthogonal(spec, terms.Seed).Values.ToArray(), isTrained);
    }

    private NamedTensor Normal(TensorSpec spec)
    {
        var random = new SeededSequence(terms.Seed, spec.Name);
        var values = new double[spec.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = UntrainedDeviation * random.NextNormal();
        }

        return new NamedTensor(spec, values, isTrained: false);
    }

    private ConfigException Fault(string path, string message) =>
        new(terms.Source, [new ConfigError(path, message)]);
}
