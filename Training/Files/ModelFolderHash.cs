using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Training.Files;

/// <summary>
/// One hash for a base model's folder, by which a plan names the base that every agent must hold. It is SHA-256 over
/// this text in UTF-8: the line <c>fedlowrank model 1</c>, then for each file, in ordinal order of the names, a line of
/// its name, its size in bytes (decimal) and its SHA-256 (64 lower-case hexadecimal digits), parted by one tab; every
/// line ends in \n. The files are <c>config.json</c>, <c>tokenizer.json</c> and the weights: <c>model.safetensors</c>,
/// or else <c>model.safetensors.index.json</c> and the shards that it names. Other files do not count.
/// </summary>
public static class ModelFolderHash
{
    private const string Head = "fedlowrank model 1\n";
    private const int BlockBytes = 1 << 20;

    /// <summary>Reads all the files.</summary>
    /// <param name="folder">A Hugging Face folder.</param>
    /// <param name="cancellation">Looked at after every MiB.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="WeightsException">The index of the weights is unsound.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static BlobHash Compute(string folder, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Head));
        foreach (var name in FilesOf(folder))
        {
            var (bytes, content) = HashOf(Path.Combine(folder, name), cancellation);
            hash.AppendData(Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{name}\t{bytes}\t{content}\n")));
        }

        return BlobHash.Of(hash.GetHashAndReset());
    }

    /// <summary>Names of the files that count, in ordinal order; whether they are all there is not looked at.</summary>
    /// <exception cref="FileNotFoundException">There are no weights.</exception>
    /// <exception cref="WeightsException">The index of the weights is unsound.</exception>
    public static IReadOnlyList<string> FilesOf(string folder) =>
    [
        .. HuggingFaceWeights.FilesOf(folder).Concat(["config.json", "tokenizer.json"])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    private static (long Bytes, BlobHash Content) HashOf(string path, CancellationToken cancellation)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockBytes];
        var total = 0L;
        while (file.Read(block) is > 0 and var count)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, count);
            total += count;
        }

        return (total, BlobHash.Of(hash.GetHashAndReset()));
    }
}
