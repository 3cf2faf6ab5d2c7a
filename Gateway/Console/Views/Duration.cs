using System.Globalization;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>How long something took, as people say it.</summary>
internal static class Duration
{
    /// <summary>In the largest unit that fits, for example 3.2 s or 4 min 12 s.</summary>
    public static string Words(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds} s",
        _ => $"{(int)span.TotalHours} h {span.Minutes} min",
    };
}
