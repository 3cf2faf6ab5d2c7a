using System.Collections.Immutable;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Privacy;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Training;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Simulation;

/// <summary>
/// Simulates federations in one process. One engine holds the weights once; the agents of a round train one after the
/// other, as the engine itself uses all cores.
/// </summary>
/// <param name="model">The base model as the agents hold it.</param>
/// <param name="random">Noise and batches of private runs: the cryptographic generator, except in tests.</param>
/// <param name="time">For rates and durations.</param>
/// <param name="fullModel">The base model with full weights, of which the start is made, where the agents' is
/// quantised; otherwise null.</param>
public sealed class Simulator(
    LoadedModel model, IRandomSource random, TimeProvider time, LoadedModel? fullModel = null)
{
    private readonly RdpAccountant accountant = new();

    /// <summary>Runs one simulation. In a run that is not private the same configuration gives the same bits.</summary>
    /// <param name="config">What to simulate.</param>
    /// <param name="data">The texts that the configuration names.</param>
    /// <param name="progress">Is told how far the run is.</param>
    /// <param name="cancellation">Looked at before every local step.</param>
    /// <exception cref="ArgumentException">The models are not for the configuration's format.</exception>
    /// <exception cref="ConfigException">The configuration does not fit the model or the data.</exception>
    /// <exception cref="InputFileException">A file cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public SimulationResult Run(
        SimulationConfig config, SimulationData data, ISimulationProgress progress, CancellationToken cancellation)
    {
        if (config.BaseFormat == WeightFormat.Full != fullModel is null)
        {
            throw new ArgumentException($"the model is not for base format {config.BaseFormat}", nameof(config));
        }

        var began = time.GetTimestamp();
        var federation = SimulatedFederation.Create(config, fullModel ?? model, data, accountant);
        var engine = new MeteredEngine(model.Engine, progress);
        var rounds = new RoundRunner(federation, engine, random);
        var test = new TestBench(federation, engine, data);
        progress.Began(config.Name, config.Rounds, federation.ExamplesExpected + test.ExamplesExpected);

        if (federation.NeedsSketch)
        {
            new GradientSketch(federation, engine, random).Run(cancellation);
        }

        var untrained = test.Measure(federation.State, round: 0, isWhole: true, cancellation);
        var final = untrained;
        var results = ImmutableArray.CreateBuilder<RoundResult>(config.Rounds);
        for (var round = 0; round < config.Rounds; round++)
        {
            var roundBegan = time.GetTimestamp();
            var (saturated, truncationLoss) = rounds.Run(round, cancellation);
            var isLast = round == config.Rounds - 1;
            var quality = test.IsDue(round) ? test.Measure(federation.State, round, isLast, cancellation) : null;
            final = quality ?? final;
            results.Add(new RoundResult
            {
                Round = round + 1,
                Cohort = [.. federation.CohortOf(round).Select(a => a.Name)],
                Quality = quality,
                EpsilonMax = federation.Agents.Max(agent => EpsilonOf(agent, config)),
                SaturatedValues = saturated,
                TruncationLoss = truncationLoss,
                Spectra = federation.Spectra(),
                Seconds = time.GetElapsedTime(roundBegan).TotalSeconds,
            });
            progress.RoundDone(results[^1]);
        }

        var (up, down) = federation.Traffic();
        return new SimulationResult
        {
            Name = config.Name,
            Task = config.Task,
            Method = federation.Method.Name,
            Start = config.Method.Start,
            IsPrivate = config.Privacy is not null,
            Delta = config.Privacy?.Delta ?? 0,
            UpValuesPerRound = up,
            DownValuesPerRound = down,
            MajorityAccuracy = data.Baseline.Accuracy,
            UnigramPerplexity = data.Baseline.Perplexity,
            Untrained = untrained,
            Final = final,
            Adapter = federation.State,
            Agents = [.. federation.Agents.Select(agent => ResultOf(agent, config))],
            Rounds = results.MoveToImmutable(),
            Configuration = config,
            Seconds = time.GetElapsedTime(began).TotalSeconds,
            ExamplesTrained = engine.ExamplesTrained,
        };
    }

    private double EpsilonOf(SimulatedAgent agent, SimulationConfig config) => config.Privacy is { } privacy
        ? accountant.Epsilon(agent.Spent, privacy.Delta)
        : double.PositiveInfinity;

    private AgentResult ResultOf(SimulatedAgent agent, SimulationConfig config) => new()
    {
        Name = agent.Name,
        Examples = agent.Examples.Length,
        NominalExamples = agent.NominalExamples,
        Rounds = agent.Rounds,
        NoiseMultiplier = agent.Privacy?.Noise.Value ?? 0,
        Epsilon = EpsilonOf(agent, config),
    };
}
