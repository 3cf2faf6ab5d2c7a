using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Training.Files;

/// <summary>
/// The weights of a Hugging Face model folder, mapped: either <c>model.safetensors</c>, or the shards that
/// <c>model.safetensors.index.json</c> lists under <c>weight_map</c>.
/// </summary>
public sealed class HuggingFaceWeights : IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";
    private const long IndexBytesMax = 100_000_000;

    private readonly List<MappedSafetensors> shards = [];
    private readonly Dictionary<string, MappedSafetensors> shardByTensor = new(StringComparer.Ordinal);

    private HuggingFaceWeights()
    {
    }

    /// <summary>The names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => shardByTensor.Keys;

    /// <summary>Opens a folder. A single file is taken before an index.</summary>
    /// <exception cref="FileNotFoundException">The folder has neither file, or lacks a shard.</exception>
    /// <exception cref="WeightsException">
    /// The index is unsound, a file cannot be read, or it is not a sound safetensors file.
    /// </exception>
    public static HuggingFaceWeights Open(string folder)
    {
        var weights = new HuggingFaceWeights();
        try
        {
            if (File.Exists(Path.Combine(folder, SingleFile)))
            {
                var shard = weights.OpenShard(folder, SingleFile);
                foreach (var tensor in shard.Header.Tensors)
                {
                    weights.shardByTensor.Add(tensor.Name, shard);
                }
            }
            else
            {
                weights.OpenIndex(folder);
            }

            return weights;
        }
        catch (Exception e) when (e is UnauthorizedAccessException
            or (IOException and not (FileNotFoundException or DirectoryNotFoundException)))
        {
            weights.Dispose();
            throw new WeightsException($"{folder}: the weights cannot be read: {e.Message}", e);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Names of the files that <see cref="Open"/> reads.</summary>
    /// <exception cref="FileNotFoundException">The folder has neither a single file nor an index.</exception>
    /// <exception cref="WeightsException">The index is unsound.</exception>
    internal static IEnumerable<string> FilesOf(string folder)
    {
        if (File.Exists(Path.Combine(folder, SingleFile))) return [SingleFile];
        var index = RequireIndex(folder);
        return ReadWeightMap(index).Select(entry => CheckedFileName(index, entry.Tensor, entry.FileName))
            .Distinct(StringComparer.Ordinal).Prepend(IndexFile);
    }

    /// <summary>Looks a tensor up.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out SafetensorsTensor? tensor)
    {
        tensor = null;
        return shardByTensor.TryGetValue(name, out var shard) && shard.Header.TryFind(name, out tensor);
    }

    /// <inheritdoc cref="MappedSafetensors.ReadFloats"/>
    public void ReadFloats(string name, Span<float> target, bool requireFinite = true) =>
        Shard(name).ReadFloats(name, target, requireFinite);

    /// <inheritdoc cref="MappedSafetensors.RawBytes"/>
    public ReadOnlySpan<byte> RawBytes(string name) => Shard(name).RawBytes(name);

    /// <summary>Unmaps all files.</summary>
    public void Dispose()
    {
        foreach (var shard in shards)
        {
            shard.Dispose();
        }
    }

    private MappedSafetensors Shard(string name) => shardByTensor.TryGetValue(name, out var shard)
        ? shard
        : throw new SafetensorsException(SafetensorsError.MissingTensor, $"the model has no tensor {name}");

    private MappedSafetensors OpenShard(string folder, string fileName)
    {
        var path = Path.Combine(folder, fileName);
        try
        {
            var shard = MappedSafetensors.Open(path);
            shards.Add(shard);
            return shard;
        }
        catch (SafetensorsException e)
        {
            throw new WeightsException($"{path}: {e.Message}", e);
        }
    }

    private void OpenIndex(string folder)
    {
        var path = RequireIndex(folder);
        var shardByFile = new Dictionary<string, MappedSafetensors>(StringComparer.Ordinal);
        foreach (var (tensor, fileName) in ReadWeightMap(path))
        {
            if (!shardByFile.TryGetValue(fileName, out var shard))
            {
                shard = OpenShard(folder, CheckedFileName(path, tensor, fileName));
                shardByFile.Add(fileName, shard);
            }

            if (!shard.Header.TryFind(tensor, out _))
            {
                throw new WeightsException($"{path}: weight_map places {tensor} in {fileName}, which does not hold it");
            }

            shardByTensor.Add(tensor, shard);
        }
    }

    private static string RequireIndex(string folder)
    {
        var path = Path.Combine(folder, IndexFile);
        var index = new FileInfo(path);
        if (!index.Exists)
        {
            throw new FileNotFoundException($"{folder} has neither {SingleFile} nor {IndexFile}", path);
        }

        return index.Length <= IndexBytesMax
            ? path
            : throw new WeightsException($"{path} has {index.Length} bytes; the limit is {IndexBytesMax}");
    }

    private static List<(string Tensor, string FileName)> ReadWeightMap(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            using var json = JsonDocument.Parse(stream, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("weight_map", out var map)
                && map.ValueKind == JsonValueKind.Object
                ? [.. map.EnumerateObject().Select(entry => (entry.Name, FileName(path, entry)))]
                : throw new WeightsException($"{path}: weight_map must be an object of tensor names and file names");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter comes from an escape such as \ud800 without its partner: valid JSON, but no text.
            throw new WeightsException($"{path} is not valid JSON text: {e.Message}", e);
        }
    }

    private static string FileName(string path, JsonProperty entry) => entry.Value.ValueKind == JsonValueKind.String
        ? entry.Value.GetString()!
        : throw new WeightsException(
            $"{path}: weight_map.{entry.Name} must be a file name, not {entry.Value.ValueKind}");

    /// <summary>Only a plain name: an index that someone else wrote must not open files outside its folder.</summary>
    private static string CheckedFileName(string path, string tensor, string fileName) =>
        fileName.EndsWith(".safetensors", StringComparison.Ordinal)
        && fileName.IndexOfAny(['/', '\\', ':', '\0']) < 0
            ? fileName
            : throw new WeightsException(
                $"{path}: weight_map.{tensor} is {fileName}; it must name a .safetensors file in the same folder");
}
