using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Privacy.Mechanism;

/// <summary>
/// Parameters in local training: they start from public values and move by noised sums only, so that what leaves at
/// the end is post-processing of noised sums. Not safe for concurrent use.
/// </summary>
public sealed class PrivateTrajectory
{
    private readonly float[] start;
    private readonly float[] parameters;
    private readonly float[] gradient;
    private readonly PrivateSchedule schedule;
    private readonly List<NoiseMultiplier> applied = [];
    private bool finished;

    /// <summary>Starts one round.</summary>
    /// <param name="start">
    /// Public values, flat: those that the round began with. Never values that were trained on private data without
    /// noise.
    /// </param>
    /// <param name="schedule">Sampling rate, expected batch and the number of steps that a round may take.</param>
    public PrivateTrajectory(ReadOnlySpan<float> start, PrivateSchedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        this.start = start.ToArray();
        this.schedule = schedule;
        parameters = start.ToArray();
        gradient = new float[start.Length];
    }

    /// <summary>The parameters now, flat.</summary>
    public ReadOnlySpan<float> Parameters => parameters;

    /// <summary>
    /// One step, along sum / (expected batch). Dividing by the public constant rather than by the realised size keeps
    /// the noise what the accountant assumes, and makes an empty batch a step like any other.
    /// </summary>
    /// <param name="sum">Noised sum of one batch that was drawn at the schedule's rate.</param>
    /// <param name="optimizer">Any rule; it sees nothing but the noised gradient.</param>
    /// <exception cref="ArgumentException">The sum has another length than the parameters.</exception>
    /// <exception cref="InvalidOperationException">
    /// Already finished, or the round's steps are used up: the privacy of more steps was never reserved.
    /// </exception>
    public void Apply(NoisedSum sum, IOptimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(sum);
        ArgumentNullException.ThrowIfNull(optimizer);
        ThrowIfFinished();
        if (applied.Count >= schedule.LocalSteps)
        {
            throw new InvalidOperationException($"the round has {schedule.LocalSteps} steps, and all are used up");
        }

        if (sum.Values.Length != parameters.Length)
        {
            throw new ArgumentException(
                $"the sum has {sum.Values.Length} values, the parameters have {parameters.Length}", nameof(sum));
        }

        for (var i = 0; i < gradient.Length; i++)
        {
            gradient[i] = (float)(sum.Values[i] / schedule.ExpectedBatch);
        }

        applied.Add(sum.Sigma);
        optimizer.Step(parameters, gradient);
    }

    /// <summary>Ends the round.</summary>
    /// <returns>The difference from the start, with what it cost.</returns>
    /// <exception cref="InvalidOperationException">Already finished.</exception>
    public NoisedUpdate Finish()
    {
        ThrowIfFinished();
        finished = true;
        var difference = new float[start.Length];
        for (var i = 0; i < difference.Length; i++)
        {
            difference[i] = parameters[i] - start[i];
        }

        var spent = applied
            .CountBy(sigma => sigma.Value)
            .Select(steps => new MechanismEvent(schedule.Rate.Value, steps.Key, steps.Value));
        return new NoisedUpdate(difference, [.. spent]);
    }

    private void ThrowIfFinished()
    {
        if (finished)
        {
            throw new InvalidOperationException("this trajectory is finished");
        }
    }
}
