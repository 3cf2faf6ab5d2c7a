using System.Diagnostics;
using System.Text.Json;

namespace FedLowRank.Gateway.Console.Sheets;

/// <summary>Sheets as JSON: an array of objects whose members are the columns.</summary>
internal static class JsonSheet
{
    private const int FlushBytes = 64 << 10;

    /// <summary>Writes rows as they come.</summary>
    public static async Task WriteAsync(
        IReadOnlyList<SheetColumn> columns, IAsyncEnumerable<IReadOnlyList<object?>> rows, Stream target,
        CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(target, new() { Indented = true });
        json.WriteStartArray();
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            json.WriteStartObject();
            foreach (var (column, cell) in columns.Zip(row))
            {
                json.WritePropertyName(column.Name);
                Write(json, cell);
            }

            json.WriteEndObject();
            if (json.BytesPending > FlushBytes) await json.FlushAsync(cancellationToken);
        }

        json.WriteEndArray();
        await json.FlushAsync(cancellationToken);
    }

    // What JSON has no number for, an epsilon without bound, is text.
    private static void Write(Utf8JsonWriter json, object? cell)
    {
        switch (cell)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case string or double or DateTimeOffset: json.WriteStringValue(SheetText.Of(cell)); break;
            default: throw new UnreachableException(cell.GetType().Name);
        }
    }
}
