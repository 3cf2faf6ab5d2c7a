using System.Buffers.Binary;
using System.Text;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Aggregation.Tests.Safetensors;

/// <summary>Files written by hand, so that they can be wrong in one chosen way.</summary>
internal static class HeaderText
{
    /// <summary>Length, header and data.</summary>
    public static byte[] File(string header, int dataBytes = 0, ulong? declaredLength = null)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, declaredLength ?? (ulong)json.Length);
        json.CopyTo(file, 8);
        return file;
    }

    /// <summary>One entry of a header.</summary>
    public static string Entry(string name, string shape, string offsets, string dtype = "F32") =>
        $$"""
        "{{name}}":{"dtype":"{{dtype}}","shape":[{{shape}}],"data_offsets":[{{offsets}}]}
        """;

    /// <summary>
    /// Reads a whole file forward only, as from the network, and returns the values of its float tensors.
    /// </summary>
    public static async Task<Dictionary<string, double[]>> ReadAsync(Stream stream, long? fileBytes = null)
    {
        var token = TestContext.Current.CancellationToken;
        var header = await SafetensorsHeader.ReadAsync(stream, fileBytes, cancellationToken: token);
        var values = new Dictionary<string, double[]>(StringComparer.Ordinal);
        await foreach (var block in SafetensorsReader.ReadFileAsync(stream, header, token))
        {
            var old = values.GetValueOrDefault(block.Tensor.Name, []);
            Assert.Equal(old.Length, block.FirstIndex);
            var all = new double[old.Length + block.Count];
            old.CopyTo(all, 0);
            block.Decode(all.AsSpan(old.Length));
            values[block.Tensor.Name] = all;
        }

        return values;
    }
}
