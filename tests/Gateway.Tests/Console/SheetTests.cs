using System.Text;
using System.Text.Json;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Sheets;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Goal: files hold what the pages show, and nothing that a spreadsheet would run.</summary>
public class SheetTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("  =1+1", "'  =1+1")]
    [InlineData("\uFF1D1+1", "'\uFF1D1+1")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\n1", "\"'\n1\"")]
    [InlineData("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a;=1", "\"a;=1\"")]
    [InlineData("plain = text", "plain = text")]
    [InlineData("", "")]
    public void Text_is_never_a_formula(string text, string cell) => Assert.Equal(cell, CsvSheet.Cell(text));

    [Fact]
    public void Numbers_and_times_stay_what_they_are_in_every_culture()
    {
        Assert.Equal("-1.5", CsvSheet.Cell(-1.5));
        Assert.Equal("-7", CsvSheet.Cell(-7));
        Assert.Equal("0.1", CsvSheet.Cell(0.1));
        Assert.Equal("infinity", CsvSheet.Cell(double.PositiveInfinity));
        Assert.Equal("", CsvSheet.Cell(null));
        Assert.Equal("true", CsvSheet.Cell(true));
        Assert.Equal("2026-11-01T08:00:00.0000000Z", CsvSheet.Cell(SampleRun.Opened));
    }

    [Fact]
    public async Task A_table_is_the_same_as_csv_and_as_json()
    {
        Sheet sheet = new(
            [new("name", "Name"), new("=x", "X"), new("flag", "Flag")],
            [["=a", 1.25, true], ["b", null, false], ["c", double.PositiveInfinity, null]]);
        var csv = new StringWriter();
        await CsvSheet.WriteAsync(sheet.Columns, sheet.Rows.ToAsyncEnumerable(), csv, CancellationToken.None);
        Assert.Equal("name,'=x,flag\r\n'=a,1.25,true\r\nb,,false\r\nc,infinity,\r\n", csv.ToString());

        using var json = new MemoryStream();
        await JsonSheet.WriteAsync(sheet.Columns, sheet.Rows.ToAsyncEnumerable(), json, CancellationToken.None);
        using var read = JsonDocument.Parse(Encoding.UTF8.GetString(json.ToArray()));
        var rows = read.RootElement.EnumerateArray().ToList();
        Assert.Equal(3, rows.Count);
        Assert.Equal("=a", rows[0].GetProperty("name").GetString());
        Assert.Equal(1.25, rows[0].GetProperty("=x").GetDouble());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("=x").ValueKind);
        Assert.Equal("infinity", rows[2].GetProperty("=x").GetString());
        Assert.True(rows[0].GetProperty("flag").GetBoolean());
    }

    [Fact]
    public void Rounds_have_a_row_for_each_attempt_with_as_many_cells_as_columns()
    {
        var sheet = RunSheets.Rounds(RunHistory.Of(SampleRun.Completed(rounds: 5, agents: 3)));
        var rows = sheet.Rows.ToList();
        Assert.Equal(5, rows.Count);
        Assert.All(rows, row => Assert.Equal(sheet.Columns.Count, row.Count));
        var names = sheet.Columns.Select(column => column.Name).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Equal(4, rows[3][names.IndexOf("round")]);
        Assert.Equal(3, rows[3][names.IndexOf("delivered")]);
        Assert.Equal(3000L, rows[3][names.IndexOf("received_bytes")]);
        Assert.Equal(60.0, rows[3][names.IndexOf("collecting_seconds")]);
        Assert.Equal(0.25, rows[3][names.IndexOf("metric_loss")]);
        Assert.Equal(SampleRun.Hash(5).ToString(), rows[3][names.IndexOf("checkpoint")]);
    }
}
