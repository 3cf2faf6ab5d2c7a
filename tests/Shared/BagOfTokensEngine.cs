using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;

namespace FedLowRank.Tests;

/// <summary>
/// A small real engine: x is the mean of the tokens' fixed embeddings, h = (I + L R) x + s B R A x, and the logits are
/// O h + o with the head's output layer O, o. The gradients with respect to B, R, O and o are exact, and so is that of
/// A where there is no R.
/// </summary>
internal sealed class BagOfTokensEngine(int width, int vocabulary) : ITrainingEngine, IBaseModelView
{
    public const string Module = "bag.layer.0.query";
    public const string OutputWeight = "classifier.out_proj.weight";
    public const string OutputBias = "classifier.out_proj.bias";

    private readonly double[][] embeddings = [.. Enumerable.Range(0, vocabulary).Select(t => Embedding(t, width))];
    private Adapter adapter = null!;
    private TensorLayout layout = null!;

    public int LoadCount { get; private set; }

    public List<int> BatchSizes { get; } = [];

    public static TensorSpec[] Head(int width, int labels) =>
        [new(OutputWeight, labels, width), new(OutputBias, labels, 1)];

    public void Load(Adapter adapter, TensorLayout trainables)
    {
        this.adapter = adapter;
        layout = trainables;
        LoadCount++;
    }

    public void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink)
    {
        BatchSizes.Add(examples.Length);
        var row = new float[layout.Count];
        foreach (var example in examples)
        {
            Gradient(parameters, example, row);
            sink.AddRows(row);
        }
    }

    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        for (var i = 0; i < examples.Length; i++)
        {
            var probabilities = Forward(parameters, examples[i]).Probabilities;
            predictions[i] = new Prediction(
                Array.IndexOf(probabilities, probabilities.Max()),
                (float)-Math.Log(probabilities[examples[i].Label]));
        }
    }

    /// <summary>A stand-in: the engine itself has W = I, which has no principal directions.</summary>
    public Matrix WeightOf(string module)
    {
        var weight = new Matrix(width, width);
        for (var i = 0; i < width; i++)
        {
            weight[i, i] = 1.0 / (1 + i);
        }

        return weight;
    }

    public IReadOnlyDictionary<string, Matrix> InputSecondMoments(
        ReadOnlySpan<float> parameters, IReadOnlyCollection<string> modules, ReadOnlySpan<TokenizedExample> publicTexts)
    {
        var moment = new Matrix(width, width);
        foreach (var text in publicTexts)
        {
            var x = Input(text);
            for (var i = 0; i < moment.Values.Length; i++)
            {
                moment.Values[i] += x[i / width] * x[i % width] / publicTexts.Length;
            }
        }

        return modules.ToDictionary(m => m, _ => moment);
    }

    /// <summary>The mean of x over examples.</summary>
    public double[] MeanInput(IEnumerable<TokenizedExample> examples)
    {
        var inputs = examples.Select(Input).ToList();
        return [.. Enumerable.Range(0, width).Select(i => inputs.Average(x => x[i]))];
    }

    public void Dispose()
    {
    }

    private void Gradient(ReadOnlySpan<float> parameters, TokenizedExample example, Span<float> row)
    {
        var shape = adapter.Layers[0].Shape;
        var (x, u, h, probabilities) = Forward(parameters, example);
        var b = Values(parameters, shape.B.Name);
        var output = Values(parameters, OutputWeight);
        var dLogits = probabilities.Select((p, k) => p - (k == example.Label ? 1 : 0)).ToArray();
        var dh = Enumerable.Range(0, width)
            .Select(i => dLogits.Select((d, k) => d * output[(k * width) + i]).Sum()).ToArray();
        var du = Enumerable.Range(0, shape.Rank)
            .Select(j => shape.Scale * dh.Select((d, i) => d * b[(i * shape.Rank) + j]).Sum()).ToArray();
        row.Clear();
        if (HasInner(shape))
        {
            var ax = Times(Values(parameters, shape.A.Name), x);
            Write(row, shape.Inner.Name, (i, j) => du[i] * ax[j]);
        }

        Write(row, shape.A.Name, (j, i) => du[j] * x[i]);
        Write(row, shape.B.Name, (i, j) => shape.Scale * dh[i] * u[j]);
        Write(row, OutputWeight, (k, i) => dLogits[k] * h[i]);
        Write(row, OutputBias, (k, _) => dLogits[k]);
    }

    private (double[] X, double[] U, double[] H, double[] Probabilities) Forward(
        ReadOnlySpan<float> parameters, TokenizedExample example)
    {
        var shape = adapter.Layers[0].Shape;
        var x = Input(example);
        var u = Times(Values(parameters, shape.A.Name), x);
        var turned = HasInner(shape) ? Times(Values(parameters, shape.Inner.Name), u) : u;
        var bu = Times(Values(parameters, shape.B.Name), turned);
        var h = x.Select((value, i) => value + (shape.Scale * bu[i])).ToArray();
        if (adapter.Layers[0].Change is { } change)
        {
            var changed = Times(change.Left.Values, Times(change.Right.Values, x));
            h = [.. h.Zip(changed, (value, more) => value + more)];
        }

        var bias = Values(parameters, OutputBias);
        var logits = Times(Values(parameters, OutputWeight), h).Select((value, k) => value + bias[k]).ToArray();
        var exponentials = logits.Select(l => Math.Exp(l - logits.Max())).ToArray();
        var sum = exponentials.Sum();
        return (x, turned, h, [.. exponentials.Select(e => e / sum)]);
    }

    private bool HasInner(LoraShape shape) =>
        layout.IndexOf(shape.Inner.Name) >= 0 || !adapter.Layers[0].Inner.IsEmpty;

    private double[] Input(TokenizedExample example)
    {
        var x = new double[width];
        foreach (var token in example.Tokens)
        {
            for (var i = 0; i < width; i++)
            {
                x[i] += embeddings[token][i] / example.Tokens.Length;
            }
        }

        return x;
    }

    private double[] Values(ReadOnlySpan<float> parameters, string name)
    {
        var index = layout.IndexOf(name);
        if (index < 0)
        {
            return adapter.Values(name).ToArray();
        }

        var slice = layout.Slice(parameters, index);
        var values = new double[slice.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = slice[i];
        }

        return values;
    }

    private void Write(Span<float> row, string name, Func<int, int, double> value)
    {
        var index = layout.IndexOf(name);
        if (index < 0)
        {
            return;
        }

        var spec = layout.Tensors[index];
        var target = layout.Slice(row, index);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (float)value(i / spec.Columns, i % spec.Columns);
        }
    }

    private static double[] Times(double[] matrix, double[] vector) =>
        [.. Enumerable.Range(0, matrix.Length / vector.Length)
            .Select(row => vector.Select((v, column) => matrix[(row * vector.Length) + column] * v).Sum())];

    private static double[] Embedding(int token, int width)
    {
        var random = new Random(token);
        return [.. Enumerable.Range(0, width).Select(_ => (random.NextDouble() * 2) - 1)];
    }
}
