using System.Collections.Immutable;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>
/// Headers of safetensors files of float64 masters, with one metadata entry that says what the file is.
/// </summary>
internal static class MasterTensors
{
    private static readonly SafetensorsLimits Limits = new() { HeaderBytesMax = 32 << 20 };

    /// <summary>The header of a file of these tensors.</summary>
    public static SafetensorsHeader Header(TensorLayout layout, string key, string value) => SafetensorsHeader.Create(
        layout.Tensors.Select(spec => (spec.Name, SafetensorsDType.F64, Sides(spec))),
        new Dictionary<string, string>(StringComparer.Ordinal) { [key] = value });

    /// <summary>Reads a header that has the metadata entry.</summary>
    /// <exception cref="CheckpointException">The file has no such entry.</exception>
    /// <exception cref="SafetensorsException">The header is not sound.</exception>
    public static async Task<(SafetensorsHeader Header, string Value)> ReadHeaderAsync(
        Stream source, string key, long? fileBytes, CancellationToken cancellationToken)
    {
        var header = await SafetensorsHeader.ReadAsync(source, fileBytes, Limits, cancellationToken);
        return header.Metadata.TryGetValue(key, out var value)
            ? (header, value)
            : throw new CheckpointException($"the file has no metadata entry {key}; it is none of ours");
    }

    /// <summary>Checks that a file has these tensors, in this order, and no others.</summary>
    /// <exception cref="CheckpointException">It has not.</exception>
    public static void Require(SafetensorsHeader header, TensorLayout layout)
    {
        if (header.Tensors.Length != layout.Tensors.Length)
        {
            throw new CheckpointException(
                $"the file has {header.Tensors.Length} tensors; it must have {layout.Tensors.Length}");
        }

        foreach (var (found, expected) in header.Tensors.Zip(layout.Tensors))
        {
            if (found.Name == expected.Name && found.DType == SafetensorsDType.F64 &&
                found.Shape.AsSpan().SequenceEqual(Sides(expected).AsSpan())) continue;
            throw new CheckpointException(
                $"tensor {found} stands where {expected.Name}, F64 [{expected.Rows}, {expected.Columns}], must be");
        }
    }

    private static ImmutableArray<long> Sides(TensorSpec spec) => [spec.Rows, spec.Columns];
}
