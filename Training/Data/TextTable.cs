using System.Text;

namespace FedLowRank.Training.Data;

/// <summary>
/// A table of labelled texts: UTF-8 with a header line, tab-separated without any quoting (.tsv) or comma-separated
/// with the quoting of RFC 4180 (.csv), also compressed with gzip (.tsv.gz, .csv.gz). Columns are found by name; other
/// columns are ignored.
/// </summary>
public sealed class TextTable
{
    // Throws on bytes that are not UTF-8 instead of replacing them; a byte-order mark is skipped.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    private TextTable(string file, IReadOnlyList<TextRow> rows)
    {
        File = file;
        Rows = rows;
        Labels = new LabelSet(rows.Select(row => row.Label));
    }

    /// <summary>Where it came from.</summary>
    public string File { get; }

    /// <summary>The rows, in the file's order; at least one.</summary>
    public IReadOnlyList<TextRow> Rows { get; }

    /// <summary>The labels of all rows, whatever their split.</summary>
    public LabelSet Labels { get; }

    /// <summary>Reads a whole table.</summary>
    /// <param name="path">A file whose name ends in .tsv, .csv, .tsv.gz or .csv.gz.</param>
    /// <param name="columns">Which columns to read; the default names where null.</param>
    /// <param name="limits">Bounds; the default ones where null.</param>
    /// <exception cref="InputFileException">
    /// The file cannot be read, or a line is wrong; the message names file, line and column.
    /// </exception>
    public static TextTable Read(string path, TextColumns? columns = null, TextTableLimits? limits = null)
    {
        var isCompressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var delimiter = Path.GetExtension(isCompressed ? path[..^3] : path).ToUpperInvariant() switch
        {
            ".TSV" => '\t',
            ".CSV" => ',',
            _ => throw new InputFileException(
                path, "", "is of unknown format; the name must end in .tsv, .csv, .tsv.gz or .csv.gz"),
        };
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            using var plain = isCompressed ? StrictGzip.Open(stream) : stream;
            using var text = new StreamReader(plain, Utf8, detectEncodingFromByteOrderMarks: false);
            limits ??= new TextTableLimits();
            var reader = new DelimitedReader(text, delimiter, quoting: delimiter == ',', path, limits);
            return new TextTable(path, ReadRows(reader, columns ?? new TextColumns(), path, limits));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputFileException(path, "", $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The rows of one split, in the file's order.</summary>
    /// <exception cref="InputFileException">There are none.</exception>
    public IReadOnlyList<TextRow> OfSplit(string split)
    {
        TextRow[] rows = [.. Rows.Where(row => row.Split == split)];
        if (rows.Length > 0) return rows;
        var splits = Rows.Select(row => row.Split).Distinct(StringComparer.Ordinal).Take(10);
        throw new InputFileException(File, "", $"has no rows of split \"{split}\"; there are {Quoted(splits)}");
    }

    private static string Quoted(IEnumerable<string> names) => $"\"{string.Join("\", \"", names)}\"";

    private static List<TextRow> ReadRows(
        DelimitedReader reader, TextColumns columns, string file, TextTableLimits limits)
    {
        var header = reader.ReadRecord() ?? throw new InputFileException(file, "", "is empty; it needs a header line");
        var id = IndexOf(columns.Id);
        var text = IndexOf(columns.Text);
        var label = IndexOf(columns.Label);
        var split = IndexOf(columns.Split);
        var client = IndexOf(columns.Client);

        var rows = new List<TextRow>();
        while (reader.ReadRecord() is { } fields)
        {
            if (rows.Count == limits.RowsMax) throw reader.Error($"there are more than {limits.RowsMax} rows");
            if (fields.Length != header.Length)
                throw reader.Error($"has {fields.Length} fields, but the header has {header.Length}");
            rows.Add(new TextRow(
                id is null ? $"{rows.Count + 1}" : Required(fields, id),
                fields[text!.Value],
                Required(fields, label),
                Required(fields, split),
                Required(fields, client)));
        }
        return rows.Count > 0 ? rows : throw new InputFileException(file, "", "has no rows below the header");

        int? IndexOf(string? column)
        {
            if (column is null) return null;
            var index = Array.IndexOf(header, column);
            if (index < 0) throw reader.Error($"no column \"{column}\"; the header has {Quoted(header)}");
            if (Array.LastIndexOf(header, column) > index) throw reader.Error($"column \"{column}\" comes twice");
            return index;
        }

        string Required(string[] fields, int? index)
        {
            if (index is not { } at) return "";
            return fields[at].Length > 0 ? fields[at] : throw reader.Error($"column \"{header[at]}\" is empty");
        }
    }
}
