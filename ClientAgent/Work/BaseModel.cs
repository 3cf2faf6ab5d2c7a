using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Training;
using FedLowRank.Training.Files;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// The owner's base model: its hash, and the model itself, which stays in memory once it is loaded. One caller at a
/// time.
/// </summary>
internal sealed class BaseModel(AgentFolder folder, DurableFile files, AgentEngine engine) : IDisposable
{
    private readonly ModelHash hash = new(folder, files);
    private (string Key, LoadedModel Model)? loaded;

    /// <inheritdoc cref="ModelHash.Of"/>
    public BlobHash Hash(string modelFolder, CancellationToken cancellation) => hash.Of(modelFolder, cancellation);

    /// <summary>The model in memory.</summary>
    /// <param name="policy">Says where it lies and how many threads it may use.</param>
    /// <param name="format">How the frozen weights are held.</param>
    /// <exception cref="Training.Data.InputFileException">A file cannot be used.</exception>
    /// <exception cref="WeightsException">The weights cannot be used.</exception>
    public LoadedModel Load(AgentPolicy policy, WeightFormat format)
    {
        var state = ModelHash.StateOf(policy.BaseModelFolder);
        var key = $"{policy.BaseModelFolder}\n{policy.Threads}\n{format}\n{state}";
        if (loaded is { } present && present.Key == key) return present.Model;
        loaded?.Model.Dispose();
        loaded = null;
        var model = engine.Open(policy.BaseModelFolder, policy.Threads, format);
        loaded = (key, model);
        return model;
    }

    /// <inheritdoc/>
    public void Dispose() => loaded?.Model.Dispose();
}
