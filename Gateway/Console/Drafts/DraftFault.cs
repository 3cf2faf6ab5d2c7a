namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>One thing that keeps a form from being a run.</summary>
/// <param name="Field">Where to change it; null for the form as a whole.</param>
/// <param name="Message">What is wrong and what is expected.</param>
public sealed record DraftFault(DraftField? Field, string Message);
