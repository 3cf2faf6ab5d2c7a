namespace FedLowRank.Benchmarks.Pages;

/// <summary>The figures of a page.</summary>
/// <param name="Page">Its name.</param>
/// <param name="FirstMs">Until it is ready, when it is the first time since the server's start.</param>
/// <param name="ColdMs">Until it is ready, in a browser that has nothing of the console.</param>
/// <param name="WarmMs">The median, in one that has style and script.</param>
/// <param name="WarmMsMax">The longest.</param>
/// <param name="FirstByteMs">Median time until the answer begins.</param>
/// <param name="PageBytes">The page's text.</param>
/// <param name="ProcessorMs">The server's processor time for one opening.</param>
internal sealed record PageRow(
    string Page, double FirstMs, double ColdMs, double WarmMs, double WarmMsMax, double FirstByteMs, double PageBytes,
    double ProcessorMs);
