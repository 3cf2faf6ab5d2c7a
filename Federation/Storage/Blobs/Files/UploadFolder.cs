using System.Globalization;

namespace FedLowRank.Federation.Storage.Blobs.Files;

/// <summary>
/// An upload on the disk: a folder of its name, in which one file holds what has come. Its name is the declared size,
/// so that there is nothing that could disagree, and a word that is never used again: whoever still knows the file of
/// an upload that was completed, and begun anew, must not take the one for the other.
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
            var name = System.IO.Path.GetFileNameWithoutExtension(file);
            if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return (file, size);
        }

        return null;
    }

    /// <summary>A name for the file of an upload that begins.</summary>
    public string NewFile(long sizeBytes) =>
        System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{sizeBytes}.{Guid.NewGuid():N}"));
}
