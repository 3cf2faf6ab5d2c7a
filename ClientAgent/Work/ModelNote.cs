using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.ClientAgent.Work;

/// <summary>The hash of a base model's folder, for as long as no file's size or time changes.</summary>
/// <param name="Folder">Absolute.</param>
/// <param name="Files">Name, size and time of last change of each file, as one text.</param>
/// <param name="Hash">Of the folder.</param>
internal sealed record ModelNote(string Folder, string Files, BlobHash Hash);
