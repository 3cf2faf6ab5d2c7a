using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Simulation;

/// <summary>Makes the agents of a simulation: deals out the examples and fixes each agent's public constants.</summary>
/// <param name="config">The simulation.</param>
/// <param name="accountant">Calibrates the noise.</param>
internal sealed class AgentRoster(SimulationConfig config, IAccountant accountant)
{
    /// <summary>The agents, in the order of the split.</summary>
    /// <exception cref="ConfigException">The configuration does not fit the data, or a target cannot be
    /// kept.</exception>
    /// <exception cref="InputFileException">
    /// The file of the groups cannot be used, a text cannot be used, or in a private run one comes twice.
    /// </exception>
    public IReadOnlyList<SimulatedAgent> Create(SimulationData data)
    {
        if (config.Privacy is not null)
        {
            data.RequireDistinctIds();
        }

        var shards = Split(data.TrainRows);
        var cohort = config.CohortSize ?? shards.Count;
        Refuse(
            cohort > shards.Count,
            "cohort.size",
            $"is {cohort}; expected at most the number of agents, {shards.Count}");
        RefuseStrangers(config.Agents.NominalExamplesByAgent.Keys, "agents.nominalExamples.byAgent");
        RefuseStrangers(config.Lora.RankByAgent.Keys, "lora.rankByAgent");
        var roundsMax = CohortSchedule.RoundsMax(shards.Count, cohort, config.Rounds);
        return [.. shards.Select(shard => CreateAgent(shard, roundsMax, data))];

        void RefuseStrangers(IEnumerable<string> names, string path)
        {
            var stranger = names.Except(shards.Select(s => s.Name)).Order(StringComparer.Ordinal).FirstOrDefault();
            Refuse(
                stranger is not null,
                path,
                $"names {stranger}; the agents are {string.Join(", ", shards.Take(20).Select(s => s.Name))}");
        }
    }

    private SimulatedAgent CreateAgent(ClientShard shard, int roundsMax, SimulationData data)
    {
        var nominal = config.Agents.NominalExamplesByAgent.TryGetValue(shard.Name, out var declared)
            ? declared
            : config.Agents.NominalExamples ?? shard.Rows.Count;
        var batch = config.Training.BatchOf(nominal);
        var privacy = config.Privacy is null ? null : Calibrate(shard, nominal, batch, roundsMax, config.Privacy);
        return new SimulatedAgent(shard.Name, data.Encode(shard.Rows), nominal)
        {
            Batch = Math.Min(batch, nominal),
            Rank = config.Lora.RankByAgent.GetValueOrDefault(shard.Name, config.Lora.Rank),
            Weight = config.Weights == WeightKind.Equal ? 1 : Math.Min(nominal, ExactSum.WeightMax),
            Privacy = privacy,
        };
    }

    private AgentPrivacy Calibrate(ClientShard shard, int nominal, int batch, int roundsMax, PrivacyConfig privacy)
    {
        var agent = shard.Name;
        Refuse(
            privacy.Delta * nominal >= 1,
            "privacy.delta",
            $"is {privacy.Delta}; expected below 1 / nominal examples, {1.0 / nominal:g3} for {agent}");
        Refuse(
            config.Training.SamplingRate * nominal < 1,
            "training.samplingRate",
            $"is {config.Training.SamplingRate}; "
            + $"expected at least 1 / nominal examples, {1.0 / nominal:g3} for {agent}");
        var schedule = new PrivateSchedule(nominal, batch, roundsMax, config.Training.LocalSteps);
        RefuseLargeDraws(agent, Math.Max(nominal, shard.Rows.Count), schedule.Rate.Value);
        try
        {
            var target = new PrivacyTarget(privacy.Epsilon, privacy.Delta);
            var steps = schedule.Steps + (config.Method.Start == FactorStart.GradientSketch ? 1 : 0);
            return new AgentPrivacy(
                steps, NoiseCalibration.NoiseFor(target, schedule.Rate, steps, accountant));
        }
        catch (ArgumentException e)
        {
            throw Fault("privacy.epsilon", $"is {privacy.Epsilon}; for {agent}: {ConfigException.TextOf(e)}");
        }
    }

    /// <summary>
    /// A clipped sum holds so many examples and no more. The size of a draw is binomial; by Chernoff's bound one of
    /// mean up to the limit less ten of its roots exceeds it with a probability below 1e-21.
    /// </summary>
    private void RefuseLargeDraws(string agent, int records, double rate)
    {
        const int DrawMax = ClippedSumAccumulator.ExamplesMax;
        const int MeanMax = DrawMax - (10 * 1024);
        Refuse(
            records > DrawMax && rate * records > MeanMax,
            config.Training.Batch is null ? "training.samplingRate" : "training.batch",
            $"makes {rate * records:0} examples the mean of a step of {agent}; expected at most {MeanMax}, "
            + $"as no step may draw more than {DrawMax}");
    }

    private IReadOnlyList<ClientShard> Split(IReadOnlyList<TextRow> rows)
    {
        var agents = config.Agents;
        try
        {
            return agents.Split switch
            {
                AgentSplit.Iid => ClientSplits.Iid(rows, agents.Count, config.Seed),
                AgentSplit.Dirichlet =>
                    ClientSplits.Dirichlet(rows, agents.Count, agents.Alpha, rowsMin: 1, config.Seed),
                _ => SplitNaturally(rows),
            };
        }
        catch (ArgumentException e)
        {
            throw Fault("agents", ConfigException.TextOf(e));
        }
    }

    private IReadOnlyList<ClientShard> SplitNaturally(IReadOnlyList<TextRow> rows)
    {
        if (config.Agents.SplitClient is { } divided)
        {
            rows = ClientSplits.DivideClient(rows, divided.Name, divided.Parts);
        }

        return config.Agents.GroupsFile is { } file
            ? ClientSplits.ByOrganisation(rows, OrganisationMap.Read(file))
            : ClientSplits.ByClient(rows);
    }

    private void Refuse(bool isFault, string path, string message)
    {
        if (isFault)
        {
            throw Fault(path, message);
        }
    }

    private ConfigException Fault(string path, string message) => new(config.Source, [new ConfigError(path, message)]);
}
