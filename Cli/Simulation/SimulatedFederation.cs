using System.Collections.Immutable;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Training;

namespace FedLowRank.Cli.Simulation;

/// <summary>The agents of a simulation, who meets in which round, and the adapter that they learn.</summary>
internal sealed class SimulatedFederation
{
    private readonly ImmutableArray<ImmutableArray<int>> cohorts;

    private SimulatedFederation(
        SimulationConfig config, IFederatedMethod method, IReadOnlyList<SimulatedAgent> agents, Adapter start)
    {
        Config = config;
        Method = method;
        Agents = agents;
        State = start;
        cohorts = CohortSchedule.Draw(
            agents.Count, config.CohortSize ?? agents.Count, config.Rounds, (ulong)config.Seed);
    }

    public SimulationConfig Config { get; }

    public IFederatedMethod Method { get; }

    public IReadOnlyList<SimulatedAgent> Agents { get; }

    /// <summary>The adapter after the rounds so far.</summary>
    public Adapter State { get; set; }

    /// <summary>Examples that the start and all rounds together are expected to train on.</summary>
    public long ExamplesExpected =>
        (cohorts.Sum(cohort => cohort.Sum(a => (long)Agents[a].Batch)) * Config.Training.LocalSteps)
        + (NeedsSketch ? Agents.Sum(a => (long)a.Batch) : 0);

    /// <summary>True where <see cref="GradientSketch"/> has to run before the first round.</summary>
    public bool NeedsSketch => Config.Method.Start == FactorStart.GradientSketch;

    /// <summary>Everything that is fixed before the first round.</summary>
    /// <param name="config">What to simulate.</param>
    /// <param name="model">The base model with full weights.</param>
    /// <param name="data">The texts that the configuration names.</param>
    /// <param name="accountant">Calibrates the noise.</param>
    /// <exception cref="ConfigException">The configuration does not fit the model or the data.</exception>
    public static SimulatedFederation Create(
        SimulationConfig config, LoadedModel model, SimulationData data, IAccountant accountant)
    {
        var start = new StartAdapter(TermsOf(config), model);
        var layers = start.Layers();
        var agents = new AgentRoster(config, accountant).Create(data);
        var method = FederatedMethods.Create(config.Method.Name, new MethodOptions
        {
            Period = config.Method.Period,
            CohortSize = config.CohortSize ?? agents.Count,
        });
        var head = config.Task == TaskKind.NextToken ? [] : model.HeadFor(data.Labels.Count);
        return new SimulatedFederation(config, method, agents, start.Create(layers, head));
    }

    private static StartTerms TermsOf(SimulationConfig config) => new(
        config.Source, config.Task, config.Data.TokensMax, config.Method, config.Lora, (ulong)config.Seed,
        config.BaseFormat);

    /// <summary>The agents of a round, from 0.</summary>
    public IEnumerable<SimulatedAgent> CohortOf(int round) => cohorts[round].Select(a => Agents[a]);

    /// <summary>Singular values of each layer's change.</summary>
    public ImmutableArray<LayerSpectrum> Spectra() =>
        [.. State.Layers.Select(l => new LayerSpectrum(l.Shape.Module, [.. AdapterSpectrum.SingularValues(l)]))];

    /// <summary>
    /// Values that one agent of full rank sends and receives in a round, the mean over all rounds, rounded up: the
    /// layers by the method, the trained head both ways.
    /// </summary>
    public (long Up, long Down) Traffic()
    {
        var head = State.Head.Where(h => h.IsTrained).Sum(h => (long)h.Spec.Count);
        var layers = State.Layers
            .SelectMany(l => Enumerable.Range(0, Config.Rounds).Select(round => Method.Traffic(l.Shape, round)))
            .ToArray();
        return (head + PerRound(layers.Sum(t => t.UpValues)), head + PerRound(layers.Sum(t => t.DownValues)));

        long PerRound(long sum) => (sum + Config.Rounds - 1) / Config.Rounds;
    }
}
