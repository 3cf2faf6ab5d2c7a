using System.Diagnostics;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.ClientAgent.Bench;

/// <summary>Times steps of training as a private round takes them, clipped and summed, but without noise.</summary>
internal static class StepBench
{
    /// <summary>Measures.</summary>
    /// <param name="agent">On its device.</param>
    /// <param name="order">What.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <exception cref="EngineException">The order does not fit the model.</exception>
    public static BenchFigures Run(
        AgentEngine agent, BenchOrder order, TimeProvider time, CancellationToken cancellation)
    {
        var config = order.Model is { } folder
            ? ModelConfig.Read(Path.Combine(folder, "config.json"))
            : ModelShapes.Of(order.Shape!);
        var exercise = ExerciseFor(config, order);
        using var engine = Create(agent, config, order);
        engine.Load(exercise.Adapter, exercise.Trainables);
        var seconds = new List<double>();
        for (var step = 0; step <= order.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var sum = new ClippedSumAccumulator(new ClipNorm(1), exercise.Trainables.Count);
            var began = time.GetTimestamp();
            exercise.Step(engine, sum);

            // The first one fills caches and chooses kernels.
            if (step > 0) seconds.Add(time.GetElapsedTime(began).TotalSeconds);
        }

        seconds.Sort();
        var median = (seconds[(seconds.Count - 1) / 2] + seconds[seconds.Count / 2]) / 2;
        using var self = Process.GetCurrentProcess();
        return new BenchFigures
        {
            Device = agent.Device,
            Model = order.Model ?? order.Shape!,
            Weights = BenchCommand.NameOf(order.Format),
            Trained = exercise.Trainables.Count,
            Rank = order.Size.Rank,
            Batch = order.Size.Examples,
            Tokens = order.Size.Tokens,
            StepSeconds = median,
            TokensPerSecond = order.Size.Examples * order.Size.Tokens / median,
            ProcessPeakBytes = self.PeakWorkingSet64,
            DevicePeakBytes = agent.DevicePeakBytes,
        };
    }

    private static ITrainingEngine Create(AgentEngine agent, ModelConfig config, BenchOrder order)
    {
        if (order.Model is not { } folder)
            return agent.Create(config, new RandomBase(), order.Threads, order.Format);
        using var files = HuggingFaceWeights.Open(folder);
        return agent.Create(config, new FolderWeights(files, folder), order.Threads, order.Format);
    }

    private static Exercise ExerciseFor(ModelConfig config, BenchOrder order)
    {
        if (order.Size.Tokens > config.TokensMax)
        {
            throw new EngineException(
                $"--tokens is {order.Size.Tokens}; the model takes 2 to {config.TokensMax}", "take shorter texts");
        }

        var targets = order.Targets.Count > 0 ? order.Targets : UsualTargets(config);
        try
        {
            return new(config, LoraTargets.Resolve(config.Modules, targets), order.Size);
        }
        catch (ArgumentException error)
        {
            throw new EngineException(error.Message, "choose a rank and targets that the model has", error);
        }
    }

    private static string[] UsualTargets(ModelConfig config) => config switch
    {
        DecoderConfig { Family: DecoderFamily.Gpt2 } => ["c_attn"],
        DecoderConfig => ["q_proj", "v_proj"],
        _ => ["query", "value"],
    };
}
