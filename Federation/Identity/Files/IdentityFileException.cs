namespace FedLowRank.Federation.Identity.Files;

/// <summary>A file of keys cannot be used.</summary>
public sealed class IdentityFileException : Exception
{
    internal IdentityFileException(string path, FileProblem problem, string message, Exception? inner = null)
        : base($"{path}: {message}", inner) => (Path, Problem) = (path, problem);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is wrong with it.</summary>
    public FileProblem Problem { get; }
}
