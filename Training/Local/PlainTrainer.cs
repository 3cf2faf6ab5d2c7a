using FedLowRank.Aggregation.Methods;

namespace FedLowRank.Training.Local;

/// <summary>
/// One agent's round of ordinary training, without privacy: consecutive batches of a shuffled order, shuffled again
/// when used up; every step follows the mean of the batch's gradients. The same seed gives the same bits.
/// </summary>
/// <param name="engine">Loaded with the round's adapter and trainables.</param>
public sealed class PlainTrainer(ITrainingEngine engine)
{
    /// <summary>Trains one round.</summary>
    /// <param name="start">The values that the round starts from, flat in the layout of the trainables.</param>
    /// <param name="examples">The agent's examples; with none it learns nothing.</param>
    /// <param name="round">Steps, batch and optimizer.</param>
    /// <param name="order">Decides the order of the examples.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PlainUpdate Train(
        ReadOnlySpan<float> start,
        ReadOnlyMemory<TokenizedExample> examples,
        PlainRound round,
        SeededSequence order,
        CancellationToken cancellation)
    {
        var parameters = start.ToArray();
        if (!examples.IsEmpty)
        {
            var batches = new ShuffledBatches(examples.Length, Math.Min(round.Batch, examples.Length), order);
            var gradient = new MeanGradient(start.Length);
            var optimizer = round.Optimizer.Create(start.Length);
            for (var step = 0; step < round.Steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                var batch = Batches.Gather(examples.Span, batches.Next());
                engine.Gradients(parameters, batch, gradient);
                optimizer.Step(parameters, gradient.Take(round.GradientNormMax));
            }
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            parameters[i] -= start[i];
        }

        return new PlainUpdate(parameters);
    }
}
