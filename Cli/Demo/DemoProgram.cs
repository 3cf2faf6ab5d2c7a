namespace FedLowRank.Cli.Demo;

/// <summary>A program of the demo, and how it is run.</summary>
/// <param name="Name">For messages, and of its log.</param>
/// <param name="Path">An executable, or a .dll for the dotnet host.</param>
/// <param name="Arguments">Its command line.</param>
internal sealed record DemoProgram(string Name, string Path, IReadOnlyList<string> Arguments)
{
    /// <summary>The folder that it runs in; null for the demo's own.</summary>
    public string? Folder { get; init; }

    /// <summary>The signal, as <c>kill</c> names it, that asks it to end.</summary>
    public string EndSignal { get; init; } = "TERM";
}
