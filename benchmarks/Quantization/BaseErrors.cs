using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Federation.Configuration;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Data;

namespace FedLowRank.Benchmarks.Quantization;

/// <summary>
/// What a format does to the base before any training: how far the linear layers' outputs are off on texts that the
/// calibration has not seen, and how often an adapter that was learnt on full weights gives the same answer.
/// </summary>
internal static class BaseErrors
{
    public static void Say(
        IReadOnlyDictionary<WeightFormat, LoadedModel> models, SimulationConfig read, PublicTextConfig publicText,
        Action<string> say)
    {
        var full = models[WeightFormat.Full];
        var config = read with { Lora = read.Lora with { Targets = QuantizationStudy.AllLayers } };
        var data = SimulationData.Load(config.Data, full.Tokenizer);
        var simulator = new Simulator(full, new SeededRandomSource(1), TimeProvider.System);
        var trained = simulator.Run(config, data, new Silence(), CancellationToken.None).Adapter;
        var tests = data.Test.ToArray();
        var answers = Answers(full, trained, tests);
        var calibrated = Moments(full, trained.Head, PublicExamples(full, publicText, config.Data.TokensMax));
        var held = Moments(full, trained.Head, tests);

        say("before training: mean and largest relative error of a layer's outputs; answers as with full weights, %");
        say("| base | correction | rank | on calibration texts | on test texts, mean | largest | same answers |");
        say("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (format, model) in models.Where(m => m.Key != WeightFormat.Full))
        {
            foreach (var rank in new[] { 0, 4, 8, 16, 32, 64 })
            {
                var pairs = trained.Layers.Select(l => Pair(full, model, l.Shape.Module, rank, calibrated)).ToList();
                var before = Errors(full, model, pairs, calibrated);
                var after = Errors(full, model, pairs, held);
                var corrected = new Adapter(
                    trained.Layers.Zip(pairs, (l, p) => p is null ? l : l.PlusChange(p.Value.Left, p.Value.Right)),
                    trained.Head);
                var same = Answers(model, corrected, tests).Zip(answers).Count(p => p.First == p.Second);
                say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {ConfigObject.InJson(format)} | {(rank == 0 ? "none" : "cloq")} | {rank} | " +
                    $"{before.Average():p2} | {after.Average():p2} | {after.Max():p2} | " +
                    $"{100.0 * same / tests.Length:f1} |"));
            }
        }
    }

    private static TokenizedExample[] PublicExamples(LoadedModel model, PublicTextConfig source, int tokensMax)
    {
        var columns = new TextColumns
        {
            Id = null,
            Text = source.TextColumn,
            Label = null,
            Split = null,
            Client = null,
        };
        var table = TextTable.Read(source.Path, columns);
        return ExampleEncoder.Encode(
            [.. table.Rows.Take(source.ExamplesMax)], table.Labels, model.Tokenizer, tokensMax);
    }

    private static IReadOnlyDictionary<string, Matrix> Moments(
        LoadedModel model, IEnumerable<NamedTensor> head, TokenizedExample[] texts)
    {
        model.Engine.Load(new Adapter([], head), new TensorLayout([]));
        return ((IBaseModelView)model.Engine).InputSecondMoments([], [.. model.Modules.Select(m => m.Name)], texts);
    }

    /// <summary>The correction of a layer as a change of its weights, or null for rank 0.</summary>
    private static (Matrix Left, Matrix Right)? Pair(
        LoadedModel full, LoadedModel quantized, string module, int rank, IReadOnlyDictionary<string, Matrix> moments)
    {
        if (rank == 0)
        {
            return null;
        }

        var (weight, rounded) = (Weight(full, module), Weight(quantized, module));
        var shape = new LoraShape(module, weight.Columns, weight.Rows, rank, rank);
        var pair = CloqStart.Layer(shape, weight, rounded, moments[module]);
        return (
            new Matrix(weight.Rows, rank, pair.B.ToArray()), new Matrix(rank, weight.Columns, pair.A.ToArray()));
    }

    /// <summary>sqrt of tr(D H D^T) / tr(W H W^T) for each layer, D what is left of the error.</summary>
    private static List<double> Errors(
        LoadedModel full, LoadedModel quantized, IReadOnlyList<(Matrix Left, Matrix Right)?> pairs,
        IReadOnlyDictionary<string, Matrix> moments)
    {
        var errors = new List<double>();
        foreach (var (module, pair) in full.Modules.Zip(pairs))
        {
            var weight = Weight(full, module.Name);
            var left = new Matrix(
                weight.Rows, weight.Columns,
                [.. weight.Values.Zip(Weight(quantized, module.Name).Values, (w, q) => w - q)]);
            if (pair is { } change)
            {
                var product = change.Left.Times(change.Right);
                left = new Matrix(weight.Rows, weight.Columns, [.. left.Values.Zip(product.Values, (d, p) => d - p)]);
            }

            errors.Add(Math.Sqrt(Energy(left, moments[module.Name]) / Energy(weight, moments[module.Name])));
        }

        return errors;

        static double Energy(Matrix d, Matrix moment) => d.Times(moment).Values.Zip(d.Values, (a, b) => a * b).Sum();
    }

    private static Matrix Weight(LoadedModel model, string module) => ((IBaseModelView)model.Engine).WeightOf(module);

    private static int[] Answers(LoadedModel model, Adapter adapter, TokenizedExample[] texts)
    {
        model.Engine.Load(adapter, new TensorLayout([]));
        var predictions = new Prediction[texts.Length];
        model.Engine.Evaluate([], texts, predictions);
        return [.. predictions.Select(p => p.Label)];
    }
}
