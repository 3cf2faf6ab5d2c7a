using System.IO.Compression;
using System.Text;
using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tests.Data;

public sealed class TextTableTests : IDisposable
{
    private const string Header = "id\tsplit\tlabel\tclient\ttext\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fedlowrank-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    public void A_tab_separated_table_takes_fields_as_they_stand(string mark)
    {
        var table = Read("t.tsv", mark + Header + "a\ttrain\tx\tme\t\"quoted\", 😀\r\nb\ttest\ty\tyou\t");
        Assert.Equal(
            [new TextRow("a", "\"quoted\", 😀", "x", "train", "me"), new TextRow("b", "", "y", "test", "you")],
            table.Rows);
        Assert.Equal(["x", "y"], table.Labels.Names);
        Assert.Equal("b", Assert.Single(table.OfSplit("test")).Id);
        Assert.Throws<InputFileException>(() => table.OfSplit("dev"));
    }

    [Fact]
    public void A_comma_separated_table_is_quoted_as_in_RFC_4180()
    {
        var table = Read(
            "t.csv",
            "text,other,label\n\"a, \"\"b\"\"\r\nc\",1,\"x\"\r\nplain text,,y\n\"\",\"\",x\r\n",
            new TextColumns { Id = null, Split = null, Client = null });
        Assert.Equal(
            [
                new TextRow("1", "a, \"b\"\r\nc", "x", "", ""),
                new TextRow("2", "plain text", "y", "", ""),
                new TextRow("3", "", "x", "", ""),
            ],
            table.Rows);
    }

    [Fact]
    public void Columns_are_found_by_the_names_that_are_given()
    {
        var columns = new TextColumns { Id = "nr", Text = "note", Label = "class", Split = null, Client = "ward" };
        var table = Read("t.tsv", "ward\tclass\tnote\tnr\nw\tc\tn\t7\n", columns);
        Assert.Equal(new TextRow("7", "n", "c", "", "w"), Assert.Single(table.Rows));
    }

    [Fact]
    public void A_gzip_file_is_read_to_its_end()
    {
        var content = new StringBuilder(Header);
        for (var row = 0; row < 50_000; row++)
            content.Append(row).Append("\ttrain\tx\tme\ttext ").Append(row).Append('\n');
        var path = WriteGzip("t.tsv.gz", content.ToString());
        var rows = TextTable.Read(path).Rows;
        Assert.Equal(50_000, rows.Count);
        Assert.Equal("text 49999", rows[^1].Text);
    }

    [Theory]
    [InlineData("t.tsv", "", "is empty; it needs a header line")]
    [InlineData("t.tsv", Header, "has no rows below the header")]
    [InlineData("t.tsv", "id\ttext\n1\t2\n", "line 1: no column \"label\"; the header has \"id\", \"text\"")]
    [InlineData("t.tsv", "id\tid\tsplit\tlabel\tclient\ttext\n", "line 1: column \"id\" comes twice")]
    [InlineData("t.tsv", Header + "a\tb\tc\td\te\na\tb\tc\td\n", "line 3: has 4 fields, but the header has 5")]
    [InlineData("t.tsv", Header + "\n", "line 2: has 1 fields, but the header has 5")]
    [InlineData("t.tsv", Header + "a\ttrain\t\tme\tt\n", "line 2: column \"label\" is empty")]
    [InlineData("t.tsv", Header + "\ttrain\tx\tme\tt\n", "line 2: column \"id\" is empty")]
    [InlineData("t.csv", "id,split,label,client,text\n1,\"2", "line 2: field 2: its quotes are never closed")]
    [InlineData("t.csv", "id,split,label,client,text\n\"a\nb\",s,l,c,t\nx\"y,s", "line 4: field 1: with a quote in")]
    [InlineData("t.csv", "\"a\"b,c\n", "line 1: field 1: after a closing quote comes a delimiter")]
    [InlineData("t.txt", "", "the name must end in .tsv, .csv, .tsv.gz or .csv.gz")]
    public void A_wrong_table_is_refused_with_its_place(string name, string content, string message)
    {
        var error = Assert.Throws<InputFileException>(() => Read(name, content));
        Assert.StartsWith(Path.Combine(folder.FullName, name) + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        var path = Path.Combine(folder.FullName, "t.tsv");
        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes(Header + "a\ttrain\tx\tme\t"), 0xFF, (byte)'\n']);
        var error = Assert.Throws<InputFileException>(() => TextTable.Read(path));
        Assert.Contains("bytes that are not UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_and_truncated_gzip_files_are_refused()
    {
        var rows = string.Concat(Enumerable.Range(0, 999).Select(i => $"{i}\ta\tb\tc\td\n"));
        var path = WriteGzip("t.tsv.gz", Header + rows);
        var good = File.ReadAllBytes(path);
        File.WriteAllBytes(path, good[..(good.Length / 2)]);
        Assert.Throws<InputFileException>(() => TextTable.Read(path));
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(Header));
        Assert.Throws<InputFileException>(() => TextTable.Read(path));
    }

    [Fact]
    public void A_gzip_file_that_ends_too_early_is_refused_wherever_it_ends()
    {
        // Cut at most places, what is left ends inside a text, the last column: a sound table but for its end.
        var path = WriteGzip("t.tsv.gz", Header + "a\ttrain\tx\tme\t" + string.Join(' ', Enumerable.Range(0, 99)));
        var good = File.ReadAllBytes(path);
        Assert.Single(TextTable.Read(path).Rows);
        for (var length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(path, good[..length]);
            Assert.Throws<InputFileException>(() => TextTable.Read(path));
        }
    }

    [Fact]
    public void A_missing_file_is_refused()
    {
        Assert.Throws<InputFileException>(() => TextTable.Read(Path.Combine(folder.FullName, "none.tsv")));
    }

    [Fact]
    public void Every_limit_holds_also_for_a_small_file_that_unpacks_to_a_large_one()
    {
        var path = WriteGzip("t.tsv.gz", Header + "a\ttrain\tx\tme\t" + new string('x', 1 << 22) + "\n");
        var error = Assert.Throws<InputFileException>(() => TextTable.Read(path));
        Assert.Contains(
            "line 2: the record is longer than 1048576 characters", error.Message, StringComparison.Ordinal);

        var rows = Header + string.Concat(Enumerable.Repeat("a\ttrain\tx\tme\tt\n", 10));
        Assert.Contains(
            "line 11: there are more than 9 rows",
            Assert.Throws<InputFileException>(() => Read("u.tsv", rows, limits: new() { RowsMax = 9 })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "the table is longer than 100 characters",
            Assert.Throws<InputFileException>(() => Read("u.tsv", rows, limits: new() { LengthMax = 100 })).Message,
            StringComparison.Ordinal);
        Assert.Equal(10, Read("u.tsv", rows, limits: new() { RowsMax = 10, LengthMax = rows.Length }).Rows.Count);
    }

    private TextTable Read(string name, string content, TextColumns? columns = null, TextTableLimits? limits = null)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, content);
        return TextTable.Read(path, columns, limits);
    }

    private string WriteGzip(string name, string content)
    {
        var path = Path.Combine(folder.FullName, name);
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        gzip.Write(Encoding.UTF8.GetBytes(content));
        return path;
    }
}
