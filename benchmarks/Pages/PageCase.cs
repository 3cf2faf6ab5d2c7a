namespace FedLowRank.Benchmarks.Pages;

/// <summary>A page of the console.</summary>
/// <param name="Name">For figures.</param>
/// <param name="Path">Its address.</param>
/// <param name="Parts">Ids of the sections that it must have.</param>
internal sealed record PageCase(string Name, string Path, params IReadOnlyList<string> Parts);
