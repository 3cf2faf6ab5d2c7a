using System.Diagnostics;
using System.Globalization;

namespace FedLowRank.Gateway.Console.Sheets;

/// <summary>Cells as text, the same in every culture, in full precision.</summary>
internal static class SheetText
{
    /// <summary>A cell; empty where there is no value. A number that is not finite is spelt out.</summary>
    public static string Of(object? cell) => cell switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        int or long => ((IFormattable)cell).ToString(null, CultureInfo.InvariantCulture),
        double.PositiveInfinity => "infinity",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTimeOffset at => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        _ => throw new UnreachableException(cell.GetType().Name),
    };

    /// <summary>A cell as a page shows it.</summary>
    public static string Shown(SheetColumn column, object? cell) =>
        cell is null ? "–" : column.Words is { } words ? words(cell) : Of(cell);
}
