using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Bench;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training.Models;

namespace FedLowRank.ClientAgent.Doctor;

/// <summary>
/// Whether a device computes what the CPU engine computes: the clipped sum of a small step of an encoder and of a
/// decoder, with random weights, texts and adapters, in every format of the base, on both; looked at for each kind of
/// tensor that a round can train, so that a small one does not hide behind a large one.
/// </summary>
public static class SelfTest
{
    private const string Check = "self-test";

    private static readonly ExerciseSize Size = new(Rank: 4, Examples: 6, Tokens: 24);

    private static readonly EncoderConfig Encoder = new()
    {
        Family = EncoderFamily.Roberta,
        VocabularySize = 101,
        HiddenSize = 48,
        LayerCount = 2,
        HeadCount = 4,
        FeedForwardSize = 80,
        Activation = EncoderActivation.Gelu,
        LayerNormEpsilon = 1e-5f,
        PositionRows = 34,
        PositionOffset = 2,
        TokenTypeCount = 1,
        PaddingId = 1,
    };

    private static readonly DecoderConfig Decoder = new()
    {
        Family = DecoderFamily.Llama,
        VocabularySize = 101,
        HiddenSize = 48,
        LayerCount = 2,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 12,
        FeedForwardSize = 80,
        PositionsMax = 32,
        NormEpsilon = 1e-5f,
        Rotary = new RotaryConfig { Theta = 10_000 },
        IsTied = true,
        HasQueryKeyValueBias = false,
        HasAttentionOutputBias = false,
        HasFeedForwardBias = false,
    };

    /// <summary>Compares an engine with the CPU engine.</summary>
    /// <param name="engine">On its device.</param>
    /// <param name="differenceMax">
    /// Most that the sums may differ in any kind of tensor: the length of their difference over that of the CPU
    /// engine's sum.
    /// </param>
    public static Finding Run(AgentEngine engine, double differenceMax)
    {
        const string Advice = "do not train on this device; compare driver and library with docs/gpu.md, and report it";
        try
        {
            var (encoder, decoder) = (Worst(engine, Encoder), Worst(engine, Decoder));
            var message = FormattableString.Invariant(
                $"a small step differs from the CPU engine's by {encoder.Size:0.0e+0} (encoder, {encoder.Where}) and ")
                + FormattableString.Invariant(
                    $"{decoder.Size:0.0e+0} (decoder, {decoder.Where}) of its length at most; ")
                + FormattableString.Invariant($"up to {differenceMax:0.0e+0} is right");
            return Math.Max(encoder.Size, decoder.Size) <= differenceMax
                ? Finding.Ok(Check, message)
                : Finding.Fail(Check, message, Advice);
        }
        catch (Exception error)
        {
            // Whatever a native library throws.
            return Finding.Fail(Check, $"a small step fails: {error.Message.Split('\n')[0].Trim()}", Advice);
        }
    }

    /// <summary>The largest difference, and of what.</summary>
    private static (double Size, string Where) Worst(AgentEngine engine, ModelConfig config)
    {
        var exercise = new Exercise(config, config.Modules, Size, trainsAll: true);
        var worst = (Size: 0.0, Where: "");
        foreach (var format in Enum.GetValues<WeightFormat>())
        {
            var own = Sum(engine, config, format, exercise);
            var reference = Sum(AgentEngine.Cpu, config, format, exercise);
            foreach (var kind in exercise.Trainables.Tensors.Index().GroupBy(tensor => KindOf(tensor.Item.Name)))
            {
                var (difference, length) = (0.0, 0.0);
                foreach (var (tensor, _) in kind)
                {
                    var expected = exercise.Trainables.Slice<double>(reference, tensor);
                    var actual = exercise.Trainables.Slice<double>(own, tensor);
                    for (var i = 0; i < expected.Length; i++)
                    {
                        difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
                        length += expected[i] * expected[i];
                    }
                }

                var size = Math.Sqrt(difference / length);
                if (double.IsNaN(size)) size = double.PositiveInfinity;
                if (size >= worst.Size) worst = (size, $"{kind.Key}, base in {LocalChecks.NameOf(format)}");
            }
        }

        return worst;
    }

    private static string KindOf(string tensor) => tensor.Split('.') switch
    {
        [.., "lora_A", _] => "A",
        [.., "lora_B", _] => "B",
        [.., "lora_R", _] => "R",
        _ => "head",
    };

    private static double[] Sum(AgentEngine agent, ModelConfig config, WeightFormat format, Exercise exercise)
    {
        using var engine = agent.Create(config, new RandomBase(), threads: null, format);
        engine.Load(exercise.Adapter, exercise.Trainables);
        var sum = new TermSum(exercise.Trainables.Count);
        exercise.Step(engine, sum);
        return sum.Steps;
    }

    /// <summary>A clipped sum that can be read, since nobody's text is in it.</summary>
    private sealed class TermSum(int dimension) : IGradientSum
    {
        /// <summary>In grid steps of the rule.</summary>
        public double[] Steps { get; } = new double[dimension];

        public int Dimension => Steps.Length;

        public ClippingRule Rule { get; } = new ClippedSumAccumulator(new ClipNorm(1e-3), dimension).Rule;

        public void AddRows(ReadOnlySpan<float> rows)
        {
            for (; !rows.IsEmpty; rows = rows[Dimension..]) Rule.AddTerm(rows[..Dimension], Steps);
        }

        public void AddSum(ReadOnlySpan<double> block, RowCounts rows)
        {
            for (var i = 0; i < Steps.Length; i++) Steps[i] += block[i];
        }
    }
}
