using System.Globalization;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Training.Files;

namespace FedLowRank.ClientAgent.Work;

/// <summary>The hash of a base model's folder, computed anew only when a file's size or time has changed.</summary>
internal sealed class ModelHash(AgentFolder folder, DurableFile files)
{
    /// <summary>The folder's hash.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder is missing.</exception>
    /// <exception cref="WeightsException">The weights' index is unsound.</exception>
    public BlobHash Of(string modelFolder, CancellationToken cancellation)
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

    /// <summary>Name, size and time of last change of each file, as one text.</summary>
    public static string StateOf(string modelFolder) => string.Join('\n', ModelFolderHash.FilesOf(modelFolder)
        .Select(name => new FileInfo(Path.Combine(modelFolder, name)))
        .Select(file => string.Create(
            CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}")));

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
}
