using System.Globalization;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>Words of the service as people read them.</summary>
internal static class Sentence
{
    /// <summary>With a capital and a full stop.</summary>
    public static string Of(string words) =>
        words.Length == 0 ? "" : $"{char.ToUpper(words[0], CultureInfo.InvariantCulture)}{words[1..].TrimEnd('.')}.";

    /// <summary>"1 round", "3 rounds".</summary>
    public static string Count(int count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");
}
