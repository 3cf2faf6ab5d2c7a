using FedLowRank.Aggregation.Adapters;
using FedLowRank.Cli.Simulation;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Training;

namespace FedLowRank.Cli.Runs;

/// <summary>The start of a run, computed where the base model is: on the run owner's machine.</summary>
internal static class RunStart
{
    /// <summary>The adapter that the run starts from.</summary>
    /// <exception cref="ConfigException">The file does not fit the model.</exception>
    /// <exception cref="Training.Data.InputFileException">The public texts cannot be used.</exception>
    public static Adapter Create(RunConfig config, LoadedModel model)
    {
        var start = new StartAdapter(config.StartTerms, model);
        return start.Create(start.Layers(), config.Labels is { } labels ? model.HeadFor(labels.Count) : []);
    }
}
