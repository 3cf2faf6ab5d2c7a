using System.Globalization;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>Amounts of bytes as people say them.</summary>
internal static class Bytes
{
    private static readonly string[] Units = ["bytes", "KB", "MB", "GB", "TB"];

    /// <summary>Three digits and a decimal unit.</summary>
    public static string Words(double bytes)
    {
        var (value, unit) = (bytes, 0);
        for (; value >= 1000 && unit < Units.Length - 1; unit++) value /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{value:G3} {Units[unit]}");
    }
}
