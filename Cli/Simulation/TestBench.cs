using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Training;
using FedLowRank.Training.Local;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// Measures the adapter on the test split: on all of it, or between rounds on a sample that stays the same.
/// </summary>
internal sealed class TestBench
{
    private readonly SimulatedFederation federation;
    private readonly ITrainingEngine engine;
    private readonly ReadOnlyMemory<TokenizedExample> whole;
    private readonly ReadOnlyMemory<TokenizedExample> sample;
    private readonly int labelCount;

    public TestBench(SimulatedFederation federation, ITrainingEngine engine, SimulationData data)
    {
        this.federation = federation;
        this.engine = engine;
        whole = data.Test;
        labelCount = data.Labels.Count;

        var shuffled = whole.ToArray();
        SeededOrder.Shuffle(shuffled.AsSpan(), new SeededSequence((ulong)federation.Config.Seed, "test sample"));
        sample = shuffled.AsMemory(0, Math.Min(federation.Config.Evaluation.ExamplesMax, shuffled.Length));
    }

    /// <summary>Examples of all evaluations of the run.</summary>
    public long ExamplesExpected
    {
        get
        {
            var between = Enumerable.Range(0, federation.Config.Rounds - 1).Count(IsDue);
            return (2L * whole.Length) + ((long)between * sample.Length);
        }
    }

    /// <summary>True where a round (from 0) is measured; the last one always is.</summary>
    public bool IsDue(int round) =>
        round == federation.Config.Rounds - 1 || (round + 1) % federation.Config.Evaluation.EveryRounds == 0;

    /// <summary>Measures a state.</summary>
    /// <param name="state">The adapter.</param>
    /// <param name="round">A round from 0, whose trainables the engine is loaded with.</param>
    /// <param name="isWhole">True for the whole test split.</param>
    /// <param name="cancellation">Looked at between blocks of examples.</param>
    public TestQuality Measure(Adapter state, int round, bool isWhole, CancellationToken cancellation)
    {
        var layout = federation.Method.Trainables(state, round);
        engine.Load(state, layout);
        var (parameters, examples) = (state.ToSingle(layout), isWhole ? whole : sample);
        return federation.Config.Task == TaskKind.NextToken
            ? TestQuality.Of(Evaluator.MeasureTokens(engine, parameters, examples.Span, cancellation))
            : TestQuality.Of(Evaluator.Measure(engine, parameters, examples.Span, labelCount, cancellation));
    }
}
