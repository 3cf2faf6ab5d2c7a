namespace FedLowRank.Training.Data;

/// <summary>
/// A file from outside (a model's configuration, a tokenizer, a data set) cannot be used. The message says which file,
/// where in it, and what was expected.
/// </summary>
public sealed class InputFileException : Exception
{
    /// <summary>The only constructor: a bad file is never reported without saying where it is bad.</summary>
    /// <param name="file">Name of the file, as the user gave it.</param>
    /// <param name="location">Field, or line and column; empty where the whole file is meant.</param>
    /// <param name="problem">What is wrong and what is allowed.</param>
    /// <param name="inner">The error below, if there is one.</param>
    public InputFileException(string file, string location, string problem, Exception? inner = null)
        : base(location.Length == 0 ? $"{file}: {problem}" : $"{file}: {location}: {problem}", inner)
    {
        File = file;
        Location = location;
    }

    /// <summary>Name of the file, as the user gave it.</summary>
    public string File { get; }

    /// <summary>Field, or line and column; empty where the whole file is meant.</summary>
    public string Location { get; }
}
