using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

/// <summary>
/// The model in plain float64 loops, one example at a time, as its papers write it: no packing, no caches, no batches.
/// Gradients are central differences of the loss.
/// </summary>
internal sealed class ReferenceEncoder(EncoderConfig config, IWeightSource source, Adapter adapter, TensorLayout layout)
{
    private readonly string prefix = config.Family == EncoderFamily.Bert ? "bert." : "roberta.";
    private readonly Dictionary<string, double[]> read = new(StringComparer.Ordinal);

    /// <summary>Cross-entropy of the example's label; the layout's tensors come from the flat parameters.</summary>
    public double Loss(double[] parameters, TokenizedExample example)
    {
        var x = Embed(example.Tokens);
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var name = $"{prefix}encoder.layer.{layer}.";
            var query = Map(x, name + "attention.self.query", config.HiddenSize, parameters);
            var key = Map(x, name + "attention.self.key", config.HiddenSize, parameters);
            var value = Map(x, name + "attention.self.value", config.HiddenSize, parameters);
            var context = Map(
                Attend(query, key, value), name + "attention.output.dense", config.HiddenSize, parameters);
            var middle = Norm(Sum(x, context), name + "attention.output.LayerNorm");
            var inner = Map(middle, name + "intermediate.dense", config.FeedForwardSize, parameters);
            var active = inner.Select(row => row.Select(Activate).ToArray()).ToArray();
            var output = Map(active, name + "output.dense", config.HiddenSize, parameters);
            x = Norm(Sum(middle, output), name + "output.LayerNorm");
        }

        var logits = Logits(x[0], parameters);
        var max = logits.Max();
        return Math.Log(logits.Sum(l => Math.Exp(l - max))) + max - logits[example.Label];
    }

    /// <summary>The gradient over the layout, by central differences of fourth order.</summary>
    public double[] Gradient(double[] parameters, TokenizedExample example)
    {
        const double Step = 1e-3;
        var gradient = new double[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
        {
            double At(double steps)
            {
                var moved = (double[])parameters.Clone();
                moved[i] += steps * Step;
                return Loss(moved, example);
            }

            gradient[i] = ((8 * (At(1) - At(-1))) - (At(2) - At(-2))) / (12 * Step);
        }

        return gradient;
    }

    private double[][] Embed(ReadOnlySpan<int> tokens)
    {
        var width = config.HiddenSize;
        var words = Weights("embeddings.word_embeddings.weight", config.VocabularySize, width);
        var positions = Weights("embeddings.position_embeddings.weight", config.PositionRows, width);
        var types = Weights("embeddings.token_type_embeddings.weight", config.TokenTypeCount, width);
        var rows = new double[tokens.Length][];
        for (var t = 0; t < rows.Length; t++)
        {
            // Hugging Face's create_position_ids_from_input_ids: what is not padding counts, padding has its own row.
            var place = t;
            if (config.Family == EncoderFamily.Roberta)
            {
                var isText = tokens[t] != config.PaddingId;
                var before = tokens[..t].Length - tokens[..t].Count(config.PaddingId);
                place = config.PaddingId + (isText ? before + 1 : 0);
            }

            var token = tokens[t];
            rows[t] = [.. Enumerable.Range(0, width).Select(
                j => words[(token * width) + j] + positions[(place * width) + j] + types[j])];
        }

        return Norm(rows, prefix + "embeddings.LayerNorm");
    }

    private double[][] Attend(double[][] query, double[][] key, double[][] value)
    {
        var result = query.Select(_ => new double[config.HiddenSize]).ToArray();
        for (var head = 0; head < config.HeadCount; head++)
        {
            var columns = Enumerable.Range(head * config.HeadSize, config.HeadSize).ToArray();
            for (var q = 0; q < query.Length; q++)
            {
                var scores = key.Select(k => columns.Sum(j => query[q][j] * k[j]) / Math.Sqrt(config.HeadSize));
                var weights = scores.Select(Math.Exp).ToArray();
                foreach (var j in columns)
                {
                    result[q][j] = weights.Zip(value).Sum(p => p.First * p.Second[j]) / weights.Sum();
                }
            }
        }

        return result;
    }

    private double[] Logits(double[] first, double[] parameters)
    {
        var isBert = config.Family == EncoderFamily.Bert;
        var width = config.HiddenSize;
        var dense = isBert
            ? Weights("pooler.dense.weight", width, width)
            : Trained("classifier.dense.weight", parameters)!;
        var denseBias = isBert ? Weights("pooler.dense.bias", width) : Trained("classifier.dense.bias", parameters)!;
        var output = isBert ? "classifier" : "classifier.out_proj";
        var features = Linear(first, dense, denseBias).Select(Math.Tanh).ToArray();
        return Linear(features, Trained(output + ".weight", parameters)!, Trained(output + ".bias", parameters)!);
    }

    /// <summary>W x + b + (alpha / r) B R A x for each row.</summary>
    private double[][] Map(double[][] rows, string module, int outputWidth, double[] parameters)
    {
        var part = module[prefix.Length..];
        var weight = Weights(part + ".weight", outputWidth, rows[0].Length);
        var bias = Weights(part + ".bias", outputWidth);
        var shape = adapter.Layers.FirstOrDefault(l => l.Shape.Module == module)?.Shape;
        return [.. rows.Select(x =>
        {
            var y = Linear(x, weight, bias);
            if (shape == null)
            {
                return y;
            }

            var low = Linear(x, Trained(shape.A.Name, parameters)!, new double[shape.Rank]);
            if (Trained(shape.Inner.Name, parameters) is { } inner)
            {
                low = Linear(low, inner, new double[shape.Rank]);
            }

            var added = Linear(low, Trained(shape.B.Name, parameters)!, new double[outputWidth]);
            return [.. y.Zip(added).Select(p => p.First + (shape.Scale * p.Second))];
        })];
    }

    private double[][] Norm(double[][] rows, string name)
    {
        var gamma = Weights(name[prefix.Length..] + ".weight", config.HiddenSize);
        var beta = Weights(name[prefix.Length..] + ".bias", config.HiddenSize);
        return [.. rows.Select(row =>
        {
            var mean = row.Average();
            var deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + config.LayerNormEpsilon);
            return row.Select((v, j) => (gamma[j] * (v - mean) / deviation) + beta[j]).ToArray();
        })];
    }

    private double Activate(double x) => config.Activation switch
    {
        EncoderActivation.Gelu => x * NormalDistribution(x),
        EncoderActivation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        _ => Math.Max(x, 0),
    };

    /// <summary>Phi(x) = 1/2 + phi(x) (x + x^3 / 3 + x^5 / (3 5) + ...).</summary>
    private static double NormalDistribution(double x)
    {
        var (sum, term) = (0.0, x);
        for (var k = 3; k < 200; k += 2)
        {
            (sum, term) = (sum + term, term * x * x / k);
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }

    private static double[] Linear(double[] x, double[] weight, double[] bias) =>
        [.. bias.Select((b, i) => b + x.Select((v, j) => v * weight[(i * x.Length) + j]).Sum())];

    private static double[][] Sum(double[][] left, double[][] right) =>
        [.. left.Zip(right).Select(p => p.First.Zip(p.Second).Select(v => v.First + v.Second).ToArray())];

    /// <summary>A tensor of the adapter: trained, frozen, or null where there is none.</summary>
    private double[]? Trained(string name, double[] parameters)
    {
        var index = layout.IndexOf(name);
        return index >= 0 ? layout.Slice<double>(parameters, index).ToArray()
            : adapter.Layout.IndexOf(name) >= 0 ? adapter.Values(name).ToArray() : null;
    }

    private double[] Weights(string name, params ReadOnlySpan<int> shape)
    {
        if (!read.TryGetValue(name, out var values))
        {
            var single = new float[shape.Length == 1 ? shape[0] : shape[0] * shape[1]];
            source.ReadFloats(prefix + name, shape, single);
            read.Add(name, values = [.. single.Select(v => (double)v)]);
        }

        return values;
    }
}
