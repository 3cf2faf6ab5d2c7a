using FedLowRank.Privacy;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Training.Local;

/// <summary>
/// One agent's round of DP-SGD (Abadi et al., arXiv 1607.00133, algorithm 1): every step draws a Poisson batch, clips
/// each example's gradient over all trainables jointly, sums, adds noise once, divides by the public expected batch and
/// moves. An empty batch, also of an agent without examples, is a step like any other: it gets its noise.
/// </summary>
/// <param name="engine">Loaded with the round's adapter and trainables.</param>
/// <param name="random">Of batches and noise: the operating system's cryptographic generator, except in tests.</param>
public sealed class PrivateTrainer(ITrainingEngine engine, IRandomSource random)
{
    /// <summary>Trains one round. The owner's ledger must have reserved the round's privacy before.</summary>
    /// <param name="start">The values that the round starts from, public, flat in the layout of the trainables.</param>
    /// <param name="examples">The agent's examples; may be none.</param>
    /// <param name="round">The round's constants.</param>
    /// <param name="cancellation">Looked at before every step. What was spent until then is spent.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing leaves.</exception>
    public NoisedUpdate Train(
        ReadOnlySpan<float> start,
        ReadOnlyMemory<TokenizedExample> examples,
        PrivateRound round,
        CancellationToken cancellation)
    {
        var sampler = new PoissonSampler(round.Schedule.Rate, random);
        var accumulator = new ClippedSumAccumulator(round.Clip, start.Length);
        var trajectory = new PrivateTrajectory(start, round.Schedule);
        var optimizer = round.Optimizer.Create(start.Length);
        for (var step = 0; step < round.Schedule.LocalSteps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = Batches.Gather(examples.Span, sampler.Sample(examples.Length));
            engine.Gradients(trajectory.Parameters, batch, accumulator);
            trajectory.Apply(accumulator.Take().AddNoise(round.Noise, random), optimizer);
        }

        return trajectory.Finish();
    }
}
