using FedLowRank.Tests;

namespace FedLowRank.Benchmarks.Engines;

/// <summary>A step that both agents measure.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Model">How <c>bench</c> is told the model.</param>
/// <param name="Batch">Examples of 128 tokens.</param>
internal sealed record EngineCase(string Name, IReadOnlyList<string> Model, int Batch)
{
    /// <summary>The sample base and decoder, and the shape of a common encoder.</summary>
    public static IReadOnlyList<EngineCase> All { get; } =
    [
        new("sample base", ["--model", RepositoryFiles.Path("samples", "base")], 64),
        new("stories260k", ["--model", RepositoryFiles.Path("samples", "stories260k")], 64),
        new("roberta-base", ["--shape", "roberta-base"], 4),
    ];
}
