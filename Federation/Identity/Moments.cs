using System.Globalization;

namespace FedLowRank.Federation.Identity;

/// <summary>How this folder cuts and writes times.</summary>
internal static class Moments
{
    /// <summary>In UTC, cut to whole seconds as certificates and invites hold them.</summary>
    public static DateTimeOffset WholeSecond(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    /// <summary>For messages.</summary>
    public static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
