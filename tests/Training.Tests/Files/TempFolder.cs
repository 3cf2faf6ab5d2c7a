using System.Collections.Immutable;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Training.Tests.Files;

/// <summary>A folder of its own for one test, removed after it.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    public string Write(string name, ReadOnlySpan<byte> content)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Writes F32 vectors as a safetensors file.</summary>
    public string WriteWeights(string name, params (string Name, float[] Values)[] tensors)
    {
        var file = new MemoryStream();
        var writer = new SafetensorsWriter(file, SafetensorsHeader.Create(
            tensors.Select(t => (t.Name, SafetensorsDType.F32, ImmutableArray.Create((long)t.Values.Length)))));
        foreach (var tensor in tensors)
        {
            writer.Write<float>(tensor.Name, tensor.Values);
        }

        writer.Complete();
        return Write(name, file.ToArray());
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
