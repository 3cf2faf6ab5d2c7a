using System.Globalization;
using System.Text;

namespace FedLowRank.Training.Data;

/// <summary>
/// Reads records of delimited text, with \n or \r\n after each (optional after the last). Without quoting a field is
/// whatever stands between two delimiters. With quoting as in RFC 4180: a field may stand in double quotes, may then
/// hold delimiters and line ends, and writes a quote as two.
/// </summary>
internal sealed class DelimitedReader(
    TextReader reader, char delimiter, bool quoting, string file, TextTableLimits limits)
{
    private const int End = -1;
    private const int Unread = -2;

    private readonly StringBuilder field = new();
    private readonly List<string> fields = [];
    private long lengthBefore;
    private int recordLength;
    private int lineEnds;
    private int lookahead = Unread;

    /// <summary>Line on which the last record starts, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The fields of the next record, at least one; null at the end.</summary>
    /// <exception cref="InputFileException">Wrong quoting, invalid UTF-8, or a limit is passed.</exception>
    public string[]? ReadRecord()
    {
        Line = lineEnds + 1;
        lengthBefore += recordLength;
        recordLength = 0;
        fields.Clear();
        try
        {
            if (Peek() == End) return null;
            while (ReadField()) { }
            return [.. fields];
        }
        catch (DecoderFallbackException e)
        {
            throw Error("near this line there are bytes that are not UTF-8", e);
        }
        catch (InvalidDataException e)
        {
            throw Error("near this line the compressed data is damaged", e);
        }
    }

    /// <summary>An error that names the current record's line.</summary>
    public InputFileException Error(string problem, Exception? inner = null) =>
        new(file, string.Create(CultureInfo.InvariantCulture, $"line {Line}"), problem, inner);

    /// <summary>Reads one field with the delimiter after it; false at the end of the record.</summary>
    private bool ReadField()
    {
        field.Clear();
        var next = Take();
        if (quoting && next == '"')
        {
            ReadQuoted();
            next = Take();
            if (next == '\r' && Peek() == '\n') next = Take();
            if (next != delimiter && next is not ('\n' or End))
                throw Error($"field {fields.Count + 1}: after a closing quote comes a delimiter or the line's end");
        }
        else
        {
            for (; next != delimiter && next is not ('\n' or End); next = Take())
            {
                if (quoting && next == '"')
                    throw Error($"field {fields.Count + 1}: with a quote inside it must be quoted, the quote doubled");
                if (next != '\r' || Peek() != '\n') field.Append((char)next);
            }
        }
        fields.Add(field.ToString());
        return next == delimiter;
    }

    private void ReadQuoted()
    {
        while (true)
        {
            var next = Take();
            if (next == End) throw Error($"field {fields.Count + 1}: its quotes are never closed");
            if (next == '"')
            {
                if (Peek() != '"') return;
                Take();
            }
            field.Append((char)next);
        }
    }

    // TextReader.Peek may also say "end" where a decompressing stream has nothing at hand.
    private int Peek() => lookahead == Unread ? lookahead = reader.Read() : lookahead;

    private int Take()
    {
        var next = Peek();
        if (next == End) return End;
        lookahead = Unread;
        if (++recordLength > limits.RecordLengthMax)
            throw Error($"the record is longer than {limits.RecordLengthMax} characters");
        if (lengthBefore + recordLength > limits.LengthMax)
            throw Error($"the table is longer than {limits.LengthMax} characters");
        if (next == '\n') lineEnds++;
        return next;
    }
}
