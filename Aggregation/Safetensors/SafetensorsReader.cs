using System.Buffers;
using System.Runtime.CompilerServices;

namespace FedLowRank.Aggregation.Safetensors;

/// <summary>
/// Reads tensors in blocks of at most <see cref="BlockBytes"/>, forward only: memory does not grow with the file.
/// The order is header (<see cref="SafetensorsHeader.ReadAsync"/>), whatever checks the caller has on names and
/// shapes, then data.
/// </summary>
public static class SafetensorsReader
{
    /// <summary>Most bytes in one block; a multiple of every element size.</summary>
    public const int BlockBytes = 128 * 1024;

    /// <summary>Reads all tensors in the order of their bytes.</summary>
    /// <param name="stream">At the start of the data section, where reading the header leaves it.</param>
    /// <param name="header">The header of the same file.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SafetensorsException">The file ends early, or goes on after the last tensor.</exception>
    public static async IAsyncEnumerable<SafetensorsBlock> ReadFileAsync(
        Stream stream, SafetensorsHeader header, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var tensor in header.Tensors)
        {
            await foreach (var block in ReadTensorAsync(stream, tensor, cancellationToken))
            {
                yield return block;
            }
        }

        if (await stream.ReadAsync(new byte[1], cancellationToken) > 0)
        {
            throw new SafetensorsException(
                SafetensorsError.TrailingBytes, $"bytes follow the last tensor, which ends at byte {header.FileBytes}");
        }
    }

    /// <summary>Reads one tensor.</summary>
    /// <param name="stream">
    /// At the tensor's first byte: a seekable file at <see cref="SafetensorsHeader.FileOffset"/>, or the answer to a
    /// range request.
    /// </param>
    /// <param name="tensor">From the file's header.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SafetensorsException">The stream ends early.</exception>
    public static async IAsyncEnumerable<SafetensorsBlock> ReadTensorAsync(
        Stream stream, SafetensorsTensor tensor, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var size = SafetensorsValues.Size(tensor.DType);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(tensor.ByteLength, BlockBytes));
        try
        {
            for (long done = 0; done < tensor.ByteLength;)
            {
                var bytes = buffer.AsMemory(0, (int)Math.Min(tensor.ByteLength - done, BlockBytes));
                var read = await stream.ReadAtLeastAsync(
                    bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
                if (read < bytes.Length)
                {
                    throw new SafetensorsException(
                        SafetensorsError.Truncated,
                        $"tensor {tensor.Name} ends after {done + read} of {tensor.ByteLength} bytes");
                }

                yield return new SafetensorsBlock(tensor, done / size, bytes);
                done += bytes.Length;
            }
        }
        finally
        {
            // It may have held an agent's update.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
