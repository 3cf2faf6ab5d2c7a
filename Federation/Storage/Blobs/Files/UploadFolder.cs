using System.Globalization;

namespace FedLowRank.Federation.Storage.Blobs.Files;

/// <summary>
/// An upload on the disk: a folder of its name, in which one file holds what has come and has the declared size as its
/// name, so that there is nothing that could disagree.
/// </summary>
internal sealed class UploadFolder(string path)
{
    public string Path { get; } = path;

    /// <summary>The file and its declared size; null before it is made and after it became a blob.</summary>
    public (string File, long SizeBytes)? Content()
    {
        if (!Directory.Exists(Path)) return null;
        foreach (var file in Directory.EnumerateFiles(Path))
        {
            var name = System.IO.Path.GetFileName(file);
            if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return (file, size);
        }

        return null;
    }

    public string FileFor(long sizeBytes) =>
        System.IO.Path.Combine(Path, sizeBytes.ToString(CultureInfo.InvariantCulture));
}
