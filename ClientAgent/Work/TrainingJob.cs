using System.Buffers.Binary;
using System.Diagnostics;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Privacy;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;
using FedLowRank.Training;
using FedLowRank.Training.Local;

namespace FedLowRank.ClientAgent.Work;

/// <summary>A round that is ready to be trained; the engine is loaded.</summary>
internal sealed class TrainingJob
{
    private readonly Verdict.Admitted admitted;
    private readonly float[] start;
    private readonly int number;

    private TrainingJob(int number, RunPlan plan, Verdict.Admitted admitted, UpdateForm form, float[] start) =>
        (this.number, Plan, this.admitted, Form, this.start) = (number, plan, admitted, form, start);

    public RunPlan Plan { get; }

    /// <summary>What the update will look like.</summary>
    public UpdateForm Form { get; }

    /// <summary>Null in a run that is not private.</summary>
    public MechanismEvent? Cost => admitted.Cost;

    /// <summary>What the agent shares with others of its machine; null for nothing.</summary>
    public SlotPolicy? Slots => admitted.Policy.Slots;

    /// <summary>The owner's nominal n, as far as the plan counts it.</summary>
    public int Weight => Math.Min(admitted.Policy.NominalExamples, Plan.Round.WeightMax);

    /// <summary>Loads the engine.</summary>
    /// <param name="number">Of the round, from 1.</param>
    /// <param name="plan">Checked.</param>
    /// <param name="admitted">The agent takes part.</param>
    /// <param name="adapter">To start from.</param>
    /// <exception cref="CheckpointException">Adapter, plan and model do not fit each other.</exception>
    public static TrainingJob Create(int number, RunPlan plan, Verdict.Admitted admitted, Adapter adapter)
    {
        try
        {
            var form = UpdateForm.Of(plan.Round, number, AdapterShape.Of(adapter));
            if (form.Bytes > plan.Round.UpdateBytesMax)
            {
                throw new CheckpointException(
                    $"an update would have {form.Bytes} bytes; the plan allows {plan.Round.UpdateBytesMax}");
            }

            admitted.Model.Engine.Load(adapter, form.Grid.Layout);
            return new(number, plan, admitted, form, adapter.ToSingle(form.Grid.Layout));
        }
        catch (ArgumentException error)
        {
            throw new CheckpointException($"the checkpoint does not fit the base model: {error.Message}", error);
        }
    }

    /// <summary>Trains; in a private run the ledger must have been charged before.</summary>
    /// <param name="random">Of noise and batches.</param>
    /// <param name="stepDone">Called with the number of steps done.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    public SendableUpdate Train(IRandomSource random, Action<int> stepDone, CancellationToken cancellation)
    {
        var engine = new SteppingEngine(admitted.Model.Engine, stepDone);
        return Plan.Round.Privacy is { } terms
            ? TrainPrivately(engine, terms, random, cancellation)
            : TrainPlainly(engine, random, cancellation);
    }

    private SendableUpdate TrainPrivately(
        ITrainingEngine engine, PrivacyTerms terms, IRandomSource random, CancellationToken cancellation)
    {
        var round = new PrivateRound(
            PrivateSchedule.OneRound(
                new SamplingRate(Plan.Round.SamplingRate), admitted.Policy.NominalExamples, Plan.Round.LocalSteps),
            new ClipNorm(terms.ClipNorm), new NoiseMultiplier(terms.NoiseMultiplier), Optimizer());
        var update = new PrivateTrainer(engine, random).Train(start, admitted.Examples, round, cancellation);
        return SendableUpdate.From(update, Form.Grid);
    }

    private SendableUpdate TrainPlainly(ITrainingEngine engine, IRandomSource random, CancellationToken cancellation)
    {
        var batch = Plan.Round.SamplingRate * admitted.Policy.NominalExamples;
        var round = new PlainRound
        {
            Steps = Plan.Round.LocalSteps,
            Batch = Math.Max(1, (int)Math.Round(batch)),
            GradientNormMax = Plan.Round.Optimizer.GradientNormMax ?? double.PositiveInfinity,
            Optimizer = Optimizer(),
        };
        var seed = new byte[sizeof(ulong)];
        random.Fill(seed);
        var order = new SeededSequence(BinaryPrimitives.ReadUInt64LittleEndian(seed), "batches");
        return SendableUpdate.From(
            new PlainTrainer(engine).Train(start, admitted.Examples, round, order, cancellation),
            Form.Grid,
            new UploadPolicy { RunIsPrivate = Cost is not null, OwnerWantsPrivacy = admitted.Policy.PrivateOnly });
    }

    private OptimizerSettings Optimizer()
    {
        var plan = Plan.Round.Optimizer;
        return new()
        {
            Kind = plan.Rule switch
            {
                OptimizerRule.Sgd => OptimizerKind.Sgd,
                OptimizerRule.Adam => OptimizerKind.Adam,
                _ => throw new UnreachableException($"unknown rule {plan.Rule}"),
            },
            LearningRate = plan.LearningRateOf(number, Plan.Rounds),
            Momentum = plan.Momentum,
            SecondDecay = plan.SecondDecay,
        };
    }
}
