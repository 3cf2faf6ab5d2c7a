using System.Globalization;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

/// <summary>
/// A decoder in plain float64 loops, token by token, written from the definitions of Hugging Face's LlamaForCausalLM
/// and GPT2LMHeadModel.
/// </summary>
internal sealed class ReferenceDecoder(DecoderConfig config, IWeightSource source)
{
    private readonly bool isLlama = config.Family == DecoderFamily.Llama;
    private readonly int width = config.HiddenSize;

    /// <summary>The mean cross-entropy of every token but the first.</summary>
    public double Loss(ReadOnlySpan<int> tokens)
    {
        var hidden = HiddenStates(tokens);
        var embedding = isLlama ? "model.embed_tokens.weight" : "transformer.wte.weight";
        var output = Read(config.IsTied ? embedding : "lm_head.weight", config.VocabularySize, width);
        var sum = 0.0;
        for (var t = 0; t + 1 < tokens.Length; t++)
        {
            var logits = Times(output, hidden[t]);
            sum += Math.Log(logits.Sum(l => Math.Exp(l - logits.Max()))) + logits.Max() - logits[tokens[t + 1]];
        }

        return sum / (tokens.Length - 1);
    }

    /// <summary>After the final norm, tokens x d.</summary>
    public double[][] HiddenStates(ReadOnlySpan<int> tokens)
    {
        var embedding = Read(
            isLlama ? "model.embed_tokens.weight" : "transformer.wte.weight", config.VocabularySize, width);
        double[][] x = [.. tokens.ToArray().Select(token => embedding.AsSpan(token * width, width).ToArray())];
        if (!isLlama)
        {
            var positions = Read("transformer.wpe.weight", config.PositionsMax, width);
            x = [.. x.Select((row, t) => Sum(row, positions.AsSpan(t * width, width).ToArray()))];
        }

        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var name = string.Create(
                CultureInfo.InvariantCulture, $"{(isLlama ? "model.layers" : "transformer.h")}.{layer}.");
            var attention = Attention(name, Norm(name + (isLlama ? "input_layernorm" : "ln_1"), x));
            x = [.. x.Zip(attention, Sum)];
            var feed = FeedForward(name, Norm(name + (isLlama ? "post_attention_layernorm" : "ln_2"), x));
            x = [.. x.Zip(feed, Sum)];
        }

        return Norm(isLlama ? "model.norm" : "transformer.ln_f", x);
    }

    private double[][] Attention(string layer, double[][] x)
    {
        var (queryWidth, keyWidth, size) = (config.QueryWidth, config.KeyValueWidth, config.HeadSize);
        double[][] q, k, v;
        if (isLlama)
        {
            var bias = config.HasQueryKeyValueBias;
            q = Turned(Linear(layer + "self_attn.q_proj", x, queryWidth, bias));
            k = Turned(Linear(layer + "self_attn.k_proj", x, keyWidth, bias));
            v = Linear(layer + "self_attn.v_proj", x, keyWidth, bias);
        }
        else
        {
            var all = Linear(layer + "attn.c_attn", x, 3 * width, hasBias: true);
            (q, k, v) = (Part(all, 0), Part(all, 1), Part(all, 2));
        }

        var context = x.Select(_ => new double[queryWidth]).ToArray();
        for (var t = 0; t < x.Length; t++)
        {
            for (var head = 0; head < config.HeadCount; head++)
            {
                var (from, shared) = (head * size, head / (config.HeadCount / config.KeyValueHeadCount) * size);
                var scores = Enumerable.Range(0, t + 1).Select(
                    s => Enumerable.Range(0, size).Sum(i => q[t][from + i] * k[s][shared + i]) / Math.Sqrt(size));
                double[] weights = [.. scores.Select(Math.Exp)];
                for (var i = 0; i < size; i++)
                {
                    context[t][from + i] = weights.Select((w, s) => w * v[s][shared + i]).Sum() / weights.Sum();
                }
            }
        }

        return Linear(
            layer + (isLlama ? "self_attn.o_proj" : "attn.c_proj"), context, width, config.HasAttentionOutputBias);
    }

    private double[][] FeedForward(string layer, double[][] x)
    {
        var (wide, bias) = (config.FeedForwardSize, config.HasFeedForwardBias);
        if (!isLlama)
        {
            var inner = Linear(layer + "mlp.c_fc", x, wide, bias).Select(row => row.Select(Gelu).ToArray());
            return Linear(layer + "mlp.c_proj", [.. inner], width, bias);
        }

        var gate = Linear(layer + "mlp.gate_proj", x, wide, bias);
        var up = Linear(layer + "mlp.up_proj", x, wide, bias);
        var product = gate.Zip(up, (g, u) => g.Zip(u, (a, b) => a / (1 + Math.Exp(-a)) * b).ToArray());
        return Linear(layer + "mlp.down_proj", [.. product], width, bias);
    }

    private static double Gelu(double x) =>
        0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    /// <summary>The pair (i, i + size / 2) of each head, turned by position * frequency.</summary>
    private double[][] Turned(double[][] rows)
    {
        var (size, frequencies) = (config.HeadSize, config.Rotary!.Frequencies(config.HeadSize));
        return [.. rows.Select((row, t) => row.Select((value, at) =>
        {
            var (head, i) = (at / size * size, at % size);
            var isLeft = i < size / 2;
            var other = isLeft ? -row[head + i + (size / 2)] : row[head + i - (size / 2)];
            var angle = t * frequencies[i % (size / 2)];
            return (value * Math.Cos(angle)) + (other * Math.Sin(angle));
        }).ToArray())];
    }

    private double[][] Norm(string name, double[][] x)
    {
        var gamma = Read(name + ".weight", width);
        var beta = isLlama ? new double[width] : Read(name + ".bias", width);
        return [.. x.Select(row =>
        {
            var mean = isLlama ? 0 : row.Average();
            var deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + config.NormEpsilon);
            return row.Select((v, i) => (gamma[i] * (v - mean) / deviation) + beta[i]).ToArray();
        })];
    }

    /// <summary>GPT-2's weights lie as d_in x d_out, Llama's as d_out x d_in.</summary>
    private double[][] Linear(string name, double[][] x, int output, bool hasBias)
    {
        var input = x[0].Length;
        var weight = isLlama ? Read(name + ".weight", output, input) : Read(name + ".weight", input, output);
        double[] rows = isLlama
            ? weight
            : [.. Enumerable.Range(0, weight.Length).Select(i => weight[(i % input * output) + (i / input)])];
        var bias = hasBias ? Read(name + ".bias", output) : new double[output];
        return [.. x.Select(row => Sum(Times(rows, row), bias))];
    }

    private double[][] Part(double[][] rows, int part) =>
        [.. rows.Select(row => row.AsSpan(part * width, width).ToArray())];

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double[] Times(double[] matrix, double[] vector) =>
        [.. matrix.Chunk(vector.Length).Select(row => row.Zip(vector, (w, v) => w * v).Sum())];

    private double[] Read(string name, params int[] shape)
    {
        var values = new float[shape.Aggregate((a, b) => a * b)];
        source.ReadFloats(name, shape, values);
        return [.. values.Select(v => (double)v)];
    }
}
