using System.Globalization;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Training;
using FedLowRank.Training.Files;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// The owner's base model: its hash, which is computed anew only when a file's size or time has changed, and the model
/// itself, which stays in memory once it is loaded. One caller at a time.
/// </summary>
internal sealed class BaseModel(AgentFolder folder, DurableFile files, AgentEngine engine) : IDisposable
{
    private (string Key, LoadedModel Model)? loaded;

    /// <summary>The folder's hash.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder is missing.</exception>
    /// <exception cref="WeightsException">The weights' index is unsound.</exception>
    public BlobHash Hash(string modelFolder, CancellationToken cancellation)
    {
        var state = StateOf(modelFolder);
        if (ReadNote() is { } note && note.Folder == modelFolder && note.Files == state) return note.Hash;
        var hash = ModelFolderHash.Compute(modelFolder, cancellation);
        files.Write(
            folder.Model,
            JsonSerializer.SerializeToUtf8Bytes(
                new ModelNote(modelFolder, state, hash), StorageJson.Default.ModelNote));
        return hash;
    }

    /// <summary>The model in memory.</summary>
    /// <exception cref="Training.Data.InputFileException">A file cannot be used.</exception>
    /// <exception cref="WeightsException">The weights cannot be used.</exception>
    public LoadedModel Load(AgentPolicy policy)
    {
        var key = $"{policy.BaseModelFolder}\n{policy.Threads}\n{StateOf(policy.BaseModelFolder)}";
        if (loaded is { } present && present.Key == key) return present.Model;
        loaded?.Model.Dispose();
        loaded = null;
        var model = engine.Open(policy.BaseModelFolder, policy.Threads);
        loaded = (key, model);
        return model;
    }

    /// <summary>Bytes of the weights, about what the loaded model takes at least.</summary>
    public static long WeightBytes(string modelFolder) => ModelFolderHash.FilesOf(modelFolder)
        .Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal))
        .Sum(name => new FileInfo(Path.Combine(modelFolder, name)).Length);

    /// <inheritdoc/>
    public void Dispose() => loaded?.Model.Dispose();

    private ModelNote? ReadNote()
    {
        if (!File.Exists(folder.Model)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(folder.Model), StorageJson.Default.ModelNote);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string StateOf(string modelFolder) => string.Join('\n', ModelFolderHash.FilesOf(modelFolder)
        .Select(name => new FileInfo(Path.Combine(modelFolder, name)))
        .Select(file => string.Create(
            CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}")));
}
