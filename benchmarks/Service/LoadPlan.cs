using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;

namespace FedLowRank.Benchmarks.Service;

/// <summary>
/// What the agents of a load test fine-tune: <paramref name="Modules"/> layers of which each update has B, d_out x r.
/// </summary>
/// <param name="Modules">Layers.</param>
/// <param name="OutputWidth">d_out.</param>
/// <param name="InputWidth">d_in; where it is small, the start is hardly more than the update in F64.</param>
/// <param name="Rank">r.</param>
/// <param name="Shards">In how many pieces the server works.</param>
internal sealed record LoadPlan(int Modules, int OutputWidth, int InputWidth, int Rank, int Shards)
{
    /// <summary>Query and value of a base of 12 layers, 192 wide: the shape of the sample base, doubled.</summary>
    public static LoadPlan Small { get; } = new(24, 192, 192, 8, Shards: 1);

    /// <summary>Name of a layer.</summary>
    private IEnumerable<string> Names =>
        Enumerable.Range(0, Modules).Select(i => FormattableString.Invariant($"layer.{i}"));

    /// <summary>The adapter that the rounds start from: A orthonormal, B = 0.</summary>
    public Adapter Start() => new(
        Names.Select((name, i) => AdapterStart.Layer(
            new LoraShape(name, InputWidth, OutputWidth, Rank, Rank), FactorStart.Orthonormal, (ulong)i)),
        []);

    /// <summary>The form of an update of the first round, and, as B is trained in all, of every one.</summary>
    public UpdateForm Form() => UpdateForm.Of(Plan(agents: 1).Round, 1, Shape());

    /// <summary>Rounds one after the other, each of <paramref name="agents"/>, all of which must deliver.</summary>
    public RunPlan Plan(int agents) => new(
        Rounds: 100,
        new RoundPlan
        {
            Method = "fedsvd",
            Period = 1,
            BaseModel = new BlobHash(0, 1),
            Task = new(TaskKind.Classification, "text", "label", ["ham", "spam"], TokensMax: 128),
            LocalSteps = 10,
            SamplingRate = 0.1,
            Optimizer = new(OptimizerRule.Sgd, 0.01, 0.01, Momentum: 0, SecondDecay: 0.999, GradientNormMax: null),
            UpdateBound = 1,
            WeightMax = 1,
            UpdateBytesMax = 1L << 40,
            Privacy = new PrivacyTerms(NoiseMultiplier: 1, ClipNorm: 1, Delta: 1e-5),
        },
        new RoundPolicy
        {
            SelectingSeconds = 3600,
            CollectingSeconds = 3600,
            WorkSeconds = 3600,
            EvaluatingSeconds = 3600,
            CohortSize = agents,
            OverSelection = 1,
            Quorum = agents,
            DistinctAgentsMin = 1,
            MissedQuorum = new(ExtendSeconds: 0, RetriesMax: 0, LastResort.Pause),
            WorkRetriesMax = 1,
        },
        new RunSchedule.Automatic(RestSeconds: 0),
        Names.Chunk((Modules + Shards - 1) / Shards)
            .Select(names => new LayerShard(names[0], names.ToValueList())).ToValueList());

    private AdapterShape Shape() => new(
        Names.Select(name => new LayerShape(name, InputWidth, OutputWidth, Rank, Rank, HasInner: false)).ToValueList(),
        []);
}
