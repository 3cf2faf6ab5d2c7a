namespace FedLowRank.Benchmarks.Pages;

/// <summary>How one opening of a page went, from the start of the navigation.</summary>
/// <param name="FirstByteMs">Until the answer begins.</param>
/// <param name="ReadyMs">Until the page, with its style and script, is loaded and drawn.</param>
/// <param name="PageBytes">The page's text.</param>
/// <param name="RestBytes">What was fetched besides; none where the browser had it.</param>
internal sealed record PageLoad(double FirstByteMs, double ReadyMs, double PageBytes, double RestBytes);
