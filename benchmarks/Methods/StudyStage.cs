namespace FedLowRank.Benchmarks.Methods;

/// <summary>A part of the study that can be run when those before it are done.</summary>
/// <param name="Name">What progress calls it.</param>
/// <param name="Cases">Its cases, from all results so far.</param>
internal sealed record StudyStage(
    string Name, Func<IReadOnlyCollection<StudyResult>, IReadOnlyCollection<StudyCase>> Cases);
