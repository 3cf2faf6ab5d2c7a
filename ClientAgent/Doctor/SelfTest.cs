using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Bench;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training.Models;

namespace FedLowRank.ClientAgent.Doctor;

/// <summary>
/// Whether a device computes what the CPU engine computes: the clipped sum of a small step of an encoder and of a
/// decoder, with random weights, texts and adapters, on both.
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
    /// Most that the sums may differ: the length of their difference over that of the CPU engine's sum.
    /// </param>
    public static Finding Run(AgentEngine engine, double differenceMax)
    {
        const string Advice = "do not train on this device; compare driver and library with docs/gpu.md, and report it";
        try
        {
            var (encoder, decoder) = (Difference(engine, Encoder), Difference(engine, Decoder));
            var message = FormattableString.Invariant(
                $"a small step differs from the CPU engine's by {encoder:0.0e+0} (encoder) and {decoder:0.0e+0} ")
                + FormattableString.Invariant($"(decoder) of its length; at most {differenceMax:0.0e+0} is right");

            // Also where it is not a number.
            return Math.Max(encoder, decoder) <= differenceMax
                ? Finding.Ok(Check, message)
                : Finding.Fail(Check, message, Advice);
        }
        catch (Exception error)
        {
            // Whatever a native library throws.
            return Finding.Fail(Check, $"a small step fails: {error.Message.Split('\n')[0].Trim()}", Advice);
        }
    }

    private static double Difference(AgentEngine engine, ModelConfig config)
    {
        var exercise = new Exercise(config, config.Modules, Size);
        var (own, reference) = (Sum(engine, config, exercise), Sum(AgentEngine.Cpu, config, exercise));
        var (difference, length) = (0.0, 0.0);
        for (var i = 0; i < own.Length; i++)
        {
            difference += (own[i] - reference[i]) * (own[i] - reference[i]);
            length += reference[i] * reference[i];
        }

        return Math.Sqrt(difference / length);
    }

    private static double[] Sum(AgentEngine agent, ModelConfig config, Exercise exercise)
    {
        using var engine = agent.Create(config, new RandomBase(), threads: null, WeightFormat.Full);
        engine.Load(exercise.Adapter, exercise.Trainables);
        var sum = new TermSum(exercise.Trainables.Count);
        exercise.Step(engine, sum);
        return sum.Steps;
    }

    /// <summary>A clipped sum that can be read, since nobody's text is in it.</summary>
    private sealed class TermSum(int dimension) : IGradientSum
    {
        private static readonly ClipNorm Clip = new(1e-3);

        /// <summary>In grid steps of the rule.</summary>
        public double[] Steps { get; } = new double[dimension];

        public int Dimension => Steps.Length;

        public ClippingRule Rule { get; } = new ClippedSumAccumulator(Clip, dimension).Rule;

        public void AddRows(ReadOnlySpan<float> rows)
        {
            for (; !rows.IsEmpty; rows = rows[Dimension..])
            {
                var squares = 0.0;
                foreach (double value in rows[..Dimension]) squares += value * value;
                var norm = Math.Sqrt(squares) * Rule.NormSlack;
                var factor = Math.ScaleB(norm > Clip.Value ? Clip.Value / norm : 1, -Rule.GridExponent);
                for (var i = 0; i < Steps.Length; i++) Steps[i] += Math.Truncate(rows[i] * factor);
            }
        }

        public void AddSum(ReadOnlySpan<double> block, RowCounts rows)
        {
            for (var i = 0; i < Steps.Length; i++) Steps[i] += block[i];
        }
    }
}
