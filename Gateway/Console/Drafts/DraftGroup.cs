namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>Fields that belong together.</summary>
/// <param name="Title">What they are about.</param>
/// <param name="Fields">In the order of the form.</param>
internal sealed record DraftGroup(string Title, IReadOnlyList<DraftField> Fields);
