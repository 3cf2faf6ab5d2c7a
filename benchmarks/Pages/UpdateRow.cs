namespace FedLowRank.Benchmarks.Pages;

/// <summary>How soon a change is seen in a page that is open.</summary>
/// <param name="Change">Which, and where.</param>
/// <param name="MedianMs">Until it is in the page.</param>
/// <param name="MaxMs">The longest.</param>
internal sealed record UpdateRow(string Change, double MedianMs, double MaxMs);
