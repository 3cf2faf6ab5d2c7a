// Goal: decoders equal a plain reference, what they compute does not depend on how the machine is used or on what
// stands beside an example, and what does not fit is refused by name.
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Tests;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Engine.Decoders;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Tests.Engine;

public sealed class DecoderEngineTests
{
    public static TheoryData<string> Kinds => TinyDecoder.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Losses_and_hidden_states_equal_the_plain_reference(string kind) =>
        CheckReference(TinyDecoder.Config(kind));

    [Fact]
    public void An_output_matrix_of_several_slices_equals_the_plain_reference() =>
        CheckReference(TinyDecoder.Config("llama-untied") with { VocabularySize = 4500, LayerCount = 1 });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_comes_later_changes_no_bit_of_what_was_before(string kind)
    {
        using var engine = TinyDecoder.Open(TinyDecoder.Config(kind));
        engine.Load(TinyDecoder.Adapter(engine, isClassifier: false), new TensorLayout([]));
        var tokens = TinyDecoder.Examples(isClassifier: false)[0].Tokens.ToArray();
        var whole = engine.HiddenStates([], new TokenizedExample(tokens));
        foreach (var length in new[] { 2, 40, 97, 110 })
        {
            var prefix = engine.HiddenStates([], new TokenizedExample(tokens[..length]));
            Assert.Equal(whole[..prefix.Length], prefix);
        }
    }

    [Theory]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    [InlineData("gpt2", false)]
    [InlineData("gpt2", true)]
    public void Workers_micro_batches_and_neighbours_change_no_bit(string kind, bool isClassifier)
    {
        // A vocabulary of several slices; with 13 examples also the logits are made in several blocks.
        const int Vocabulary = 9001;
        var config = TinyDecoder.Config(kind) with { VocabularySize = Vocabulary };
        TokenizedExample[] examples = [.. Enumerable.Range(0, 13)
            .Select(i => TinyDecoder.Examples(isClassifier, Vocabulary - i)[i % 5 == 1 ? 1 : i % 5 == 2 ? 2 : 0])];
        (List<float[]> Rows, Prediction[] Predictions) Run(CpuEngineOptions options, TokenizedExample[] batch)
        {
            using var engine = TinyDecoder.Open(config, options);
            var adapter = TinyDecoder.Adapter(engine, isClassifier);
            engine.Load(adapter, adapter.Layout);
            var (rows, predictions) = (new RowCollector(adapter.Layout.Count), new Prediction[batch.Length]);
            engine.Gradients(adapter.ToSingle(adapter.Layout), batch, rows);
            engine.Evaluate(adapter.ToSingle(adapter.Layout), batch, predictions);
            return (rows.Rows, predictions);
        }

        var expected = Run(new CpuEngineOptions { Workers = 1, MicroBatchTokensMax = 100_000 }, examples);
        Assert.Equal(13, expected.Rows.Count);
        foreach (var options in new[]
        {
            new CpuEngineOptions { Workers = 3, MicroBatchTokensMax = 1 },
            new CpuEngineOptions { Workers = 2, MicroBatchTokensMax = 300, GradientValuesMax = 20_000 },
        })
        {
            var actual = Run(options, examples);
            Assert.Equal(expected.Rows, actual.Rows);
            Assert.Equal(expected.Predictions, actual.Predictions);
        }

        for (var i = 0; i < 3; i++)
        {
            var alone = Run(new CpuEngineOptions { Workers = 1 }, [examples[i]]);
            Assert.Equal(expected.Rows[i], Assert.Single(alone.Rows));
            Assert.Equal(expected.Predictions[i], Assert.Single(alone.Predictions));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_pass_allocates_nothing_once_its_buffers_are_there(string kind)
    {
        foreach (var (isClassifier, format) in new[]
            { (false, WeightFormat.Full), (true, WeightFormat.Full), (true, WeightFormat.FourBit) })
        {
            var kernel = GemmKernel.Best;
            using var weights = new DecoderWeights(TinyDecoder.Config(kind), new RandomWeights(""), kernel, format);
            using var engine = TinyDecoder.Open(TinyDecoder.Config(kind));
            var adapter = TinyDecoder.Adapter(engine, isClassifier);
            var layout = TinyDecoder.Everything(adapter);
            using var map = new LowRankMap(weights, kernel, adapter, layout);
            map.Update(new float[layout.Count]);
            using var pass = weights.CreatePass();
            var (examples, predictions) = (TinyDecoder.Examples(isClassifier), new Prediction[3]);
            long Allocated()
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                pass.Gradients(map, examples, layout.Count);
                pass.Evaluate(map, examples, predictions);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            }

            Allocated();
            Assert.Equal(0, Allocated());
        }
    }

    [Fact]
    public void A_classifier_reads_the_last_token()
    {
        using var engine = TinyDecoder.Open(TinyDecoder.Config("qwen2"));
        var adapter = TinyDecoder.Adapter(engine, isClassifier: true);
        engine.Load(adapter, new TensorLayout([]));
        foreach (var example in TinyDecoder.Examples(isClassifier: true))
        {
            var last = engine.HiddenStates([], example)[^engine.Config.HiddenSize..];
            var logits = adapter.Head[0].Values.ToArray().Chunk(last.Length)
                .Select(row => row.Zip(last, (w, h) => w * h).Sum()).ToList();
            var prediction = new Prediction[1];
            engine.Evaluate([], [example], prediction);
            Assert.Equal((logits.IndexOf(logits.Max()), 1), (prediction[0].Label, prediction[0].TargetCount));
            var loss = Math.Log(logits.Sum(Math.Exp)) - logits[example.Label];
            Assert.Equal(loss, prediction[0].Loss, 1e-5);
        }
    }

    [Theory]
    [InlineData(false, "an example has a label; the adapter has no head")]
    [InlineData(true, "an example has no label; the adapter has a classification head")]
    public void An_example_for_the_other_task_is_refused(bool isClassifier, string message)
    {
        using var engine = TinyDecoder.Open(TinyDecoder.Config("llama"));
        engine.Load(TinyDecoder.Adapter(engine, isClassifier), new TensorLayout([]));
        var error = Assert.Throws<ArgumentException>(
            () => engine.Evaluate([], TinyDecoder.Examples(!isClassifier), new Prediction[3]));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void An_example_beyond_the_sliding_window_is_refused()
    {
        using var engine = TinyDecoder.Open(TinyDecoder.Config("llama") with { SlidingWindow = 100 });
        engine.Load(new Adapter([], []), new TensorLayout([]));
        var error = Assert.Throws<ArgumentException>(
            () => engine.Evaluate([], TinyDecoder.Examples(isClassifier: false), new Prediction[3]));
        Assert.Contains("111 tokens; the model takes 100", error.Message);
    }

    [Fact]
    public void A_head_of_another_model_is_refused()
    {
        using var engine = TinyDecoder.Open(TinyDecoder.Config("llama"));
        foreach (var spec in new TensorSpec[] { new("classifier.weight", 3, 20), new("score.weight", 3, 21) })
        {
            var adapter = new Adapter([], [new NamedTensor(spec, new double[spec.Count])]);
            var error = Assert.Throws<ArgumentException>(() => engine.Load(adapter, new TensorLayout([])));
            Assert.Contains("a decoder's is score.weight of labels x 20 alone", error.Message);
        }
    }

    [Fact]
    public void Without_an_output_matrix_the_next_token_is_refused_and_classes_are_not()
    {
        // RandomWeights holds only what lies under the prefix, so no lm_head.weight.
        using var engine = new CpuEngine(
            TinyDecoder.Config("llama") with { IsTied = false }, new RandomWeights("model."));
        var error = Assert.Throws<ArgumentException>(() => engine.Load(new Adapter([], []), new TensorLayout([])));
        Assert.Contains("no lm_head.weight", error.Message);
        engine.Load(TinyDecoder.Adapter(engine, isClassifier: true), new TensorLayout([]));
        engine.Evaluate([], TinyDecoder.Examples(isClassifier: true), new Prediction[3]);
    }

    [Fact]
    public void A_configuration_made_in_code_must_be_sound()
    {
        var (llama, gpt2) = (TinyDecoder.Config("llama"), TinyDecoder.Config("gpt2"));
        foreach (var bad in (DecoderConfig[])
            [
                llama with { KeyValueHeadCount = 3 }, llama with { HeadSize = 5 }, llama with { PositionsMax = 0 },
                llama with { SlidingWindow = 0 }, llama with { Rotary = null }, gpt2 with { HeadSize = 6 },
                gpt2 with { KeyValueHeadCount = 2 }, gpt2 with { VocabularySize = -1 },
            ])
        {
            var error = Assert.Throws<ArgumentException>(() => TinyDecoder.Open(bad));
            Assert.Contains("contradict", error.Message);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(1e30f)]
    public void Parameters_out_of_all_bounds_crash_nothing(float value)
    {
        foreach (var isClassifier in new[] { false, true })
        {
            using var engine = TinyDecoder.Open(TinyDecoder.Config("llama"));
            var adapter = TinyDecoder.Adapter(engine, isClassifier);
            engine.Load(adapter, adapter.Layout);
            var parameters = new float[adapter.Layout.Count];
            Array.Fill(parameters, value);
            var (rows, predictions) = (new RowCollector(parameters.Length), new Prediction[3]);
            engine.Gradients(parameters, TinyDecoder.Examples(isClassifier), rows);
            engine.Evaluate(parameters, TinyDecoder.Examples(isClassifier), predictions);
            Assert.Equal(3, rows.Rows.Count);
            Assert.All(predictions, p => Assert.InRange(p.Label, -1, TinyDecoder.Labels - 1));
            Assert.All(predictions, p => Assert.False(float.IsFinite(p.Loss) && float.IsNaN(value)));
        }
    }

    [Theory]
    [InlineData("llama", "model.layers.0.self_attn.q_proj", 7)]
    [InlineData("gpt2", "transformer.h.0.attn.c_attn", 4)]
    public void Modules_have_the_names_that_peft_knows(string kind, string first, int countOfLayer)
    {
        using var engine = TinyDecoder.Open(TinyDecoder.Config(kind));
        Assert.Equal(first, engine.Modules[0].Name);
        Assert.Equal(2 * countOfLayer, engine.Modules.Count);
        string[] targets = kind == "gpt2"
            ? ["c_attn", "c_proj", "c_fc"]
            : ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
        Assert.Equal(engine.Modules, LoraTargets.Resolve(engine.Modules, targets));
    }

    private static void CheckReference(DecoderConfig config)
    {
        var reference = new ReferenceDecoder(config, new RandomWeights(""));
        using var engine = TinyDecoder.Open(config);
        engine.Load(new Adapter([], []), new TensorLayout([]));
        var examples = TinyDecoder.Examples(isClassifier: false, config.VocabularySize);
        var predictions = new Prediction[examples.Length];
        engine.Evaluate([], examples, predictions);
        for (var i = 0; i < examples.Length; i++)
        {
            Assert.Equal(reference.Loss(examples[i].Tokens), predictions[i].Loss, 1e-5);
            Assert.Equal(examples[i].Tokens.Length - 1, predictions[i].TargetCount);
            var expected = reference.HiddenStates(examples[i].Tokens).SelectMany(row => row);
            Assert.All(
                expected.Zip(engine.HiddenStates([], examples[i])),
                pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }
    }
}
