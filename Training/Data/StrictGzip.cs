using System.IO.Compression;

namespace FedLowRank.Training.Data;

/// <summary>
/// Decompresses gzip. Unless told otherwise .NET takes a file that stops too early, for example after an interrupted
/// download, for one that ends there.
/// </summary>
internal static class StrictGzip
{
    static StrictGzip() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    /// <summary>
    /// The decompressed stream; reading it throws <see cref="InvalidDataException"/> where data are damaged or missing.
    /// </summary>
    public static Stream Open(Stream compressed) => new GZipStream(compressed, CompressionMode.Decompress);
}
