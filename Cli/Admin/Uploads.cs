using System.Globalization;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Admin;

/// <summary>Uploads that go on where they stopped.</summary>
/// <param name="client">The server.</param>
internal sealed class Uploads(AdminClient client)
{
    private const int BlockBytes = 4 << 20;

    /// <summary>
    /// How often in a row the server's place may differ from ours, after a request that was heard but not answered.
    /// </summary>
    private const int SurprisesMax = 8;

    /// <summary>Uploads a file; what the server has of it already is not sent.</summary>
    /// <param name="content">Can seek.</param>
    /// <param name="onSent">Hears how many of the bytes the server has.</param>
    /// <param name="cancellationToken">Stops; the same file goes on from there.</param>
    /// <returns>SHA-256 of the content.</returns>
    /// <exception cref="AdminException">The server refuses it or does not answer.</exception>
    public async Task<BlobHash> UploadAsync(
        Stream content, Action<long> onSent, CancellationToken cancellationToken)
    {
        content.Position = 0;
        var hash = BlobHash.Of(await SHA256.HashDataAsync(content, cancellationToken));
        var offset = await BeginAsync(hash, content.Length, cancellationToken);
        var block = new byte[BlockBytes];
        for (var surprises = 0; offset < content.Length;)
        {
            onSent(offset);
            content.Position = offset;
            var length = await content.ReadAtLeastAsync(
                block, BlockBytes, throwOnEndOfStream: false, cancellationToken);
            try
            {
                offset = await AppendAsync(hash, offset, block.AsMemory(0, length), cancellationToken);
                surprises = 0;
            }
            catch (AdminException error) when (
                error.ExitCode is ExitCode.Refused or ExitCode.Unreachable && ++surprises < SurprisesMax)
            {
                // The server may have a part of the block, or all of it: it says where to go on.
                var place = await BeginAsync(hash, content.Length, cancellationToken);
                if (place == offset && error.ExitCode == ExitCode.Refused) throw;
                offset = place;
            }
        }

        onSent(offset);
        await client.SendAsync(
            () => new(HttpMethod.Post, $"{Routes.Uploads}/{hash}/complete"), WireJson.Default.UploadProgress,
            isRepeatable: true, cancellationToken);
        return hash;
    }

    private async Task<long> BeginAsync(BlobHash hash, long bytes, CancellationToken cancellationToken) =>
        (await client.SendAsync(
            () => AdminClient.Message(
                HttpMethod.Put, Routes.Uploads, new UploadOffer(hash, bytes), WireJson.Default.UploadOffer),
            WireJson.Default.UploadProgress, isRepeatable: true, cancellationToken)).Offset;

    private async Task<long> AppendAsync(
        BlobHash hash, long offset, ReadOnlyMemory<byte> block, CancellationToken cancellationToken) =>
        (await client.SendAsync(
            () => new(HttpMethod.Patch, $"{Routes.Uploads}/{hash}")
            {
                Content = new ReadOnlyMemoryContent(block),
                Headers = { { Routes.UploadOffsetHeader, offset.ToString(CultureInfo.InvariantCulture) } },
            },
            WireJson.Default.UploadProgress, isRepeatable: false, cancellationToken)).Offset;
}
