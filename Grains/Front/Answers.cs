namespace FedLowRank.Grains.Front;

/// <summary>
/// How long to wait for another grain. A silo that is killed may take a call with it of which nobody is told before
/// Orleans' own limit, half a minute; so whoever can ask again does not wait that long.
/// </summary>
internal static class Answers
{
    /// <summary>For a call that is answered at once or not at all.</summary>
    public static readonly TimeSpan SoonMax = TimeSpan.FromSeconds(5);

    /// <summary>For a call that waits for news; longer than any grain lets one wait.</summary>
    public static readonly TimeSpan NewsMax = TimeSpan.FromSeconds(15);

    /// <summary>Waits a short time.</summary>
    /// <exception cref="TimeoutException">There was no answer; the call may happen all the same.</exception>
    public static Task SoonAsync(this Task call) => call.WaitAsync(SoonMax);

    /// <summary>Waits a short time.</summary>
    /// <exception cref="TimeoutException">There was no answer; the call may happen all the same.</exception>
    public static Task<T> SoonAsync<T>(this Task<T> call) => call.WaitAsync(SoonMax);
}
