using System.Globalization;
using System.Text.Json;
using FedLowRank.Cli.Reports;

namespace FedLowRank.Cli.Tests.Reports;

/// <summary>
/// Goal: programs can read the results. Method: read back what was written, with infinite, missing and awkward values.
/// </summary>
public sealed class ResultFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Four_files_are_written_and_replaced_and_nothing_else_is_left()
    {
        var results = Path.Combine(folder, "new", "results");
        ResultFiles.Write(results, "first", [SampleResults.Arm("a")]);
        var report = ResultFiles.Write(results, "second", [SampleResults.Arm("a")]);

        Assert.Equal(Path.Combine(results, "report.html"), report);
        Assert.Contains("<h1>second</h1>", File.ReadAllText(report), StringComparison.Ordinal);
        Assert.Equal(
            ["agents.csv", "report.html", "results.json", "rounds.csv"],
            Directory.EnumerateFileSystemEntries(results).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_failed_write_leaves_no_temporary_file()
    {
        // A folder in the place of the first file that is renamed.
        Directory.CreateDirectory(Path.Combine(folder, "results.json"));
        Assert.ThrowsAny<Exception>(() => ResultFiles.Write(folder, "t", [SampleResults.Arm("a")]));
        Assert.Equal(["results.json"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Nothing_is_written_where_there_is_nothing_to_report()
    {
        Assert.Throws<ArgumentException>(() => ResultFiles.Write(folder, "t", []));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void Json_has_null_for_an_epsilon_without_bound()
    {
        var text = JsonReport.Render("t", [SampleResults.Arm("a"), SampleResults.Arm("b", isPrivate: false)]);
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;

        Assert.Equal(JsonReport.SchemaVersion, root.GetProperty("schemaVersion").GetInt32());
        Assert.Equal(
            ["arms[].agents[].examples", "arms[].examplesTrained"],
            root.GetProperty("simulatorOnly").EnumerateArray().Select(path => path.GetString()!));
        var arms = root.GetProperty("arms").EnumerateArray().ToList();
        Assert.Equal(5.98, arms[0].GetProperty("agents")[0].GetProperty("epsilon").GetDouble());
        Assert.False(arms[1].GetProperty("isPrivate").GetBoolean());
        Assert.Equal(JsonValueKind.Null, arms[1].GetProperty("agents")[0].GetProperty("epsilon").ValueKind);
        Assert.Equal(12, arms[1].GetProperty("rounds").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, arms[0].GetProperty("rounds")[3].GetProperty("quality").ValueKind);
        Assert.Equal(8, arms[0].GetProperty("rounds")[0].GetProperty("spectra")[0].GetProperty("singularValues")
            .GetArrayLength());
    }

    [Fact]
    public void Rounds_have_one_line_each_with_empty_fields_where_there_is_no_value()
    {
        var arm = SampleResults.Arm("b", isPrivate: false);
        var lines = CsvReport.Rounds([SampleResults.Arm("a"), arm]).TrimEnd('\n').Split('\n');
        Assert.Equal(1 + 24, lines.Length);

        var columns = lines[0].Split(',').Length;
        Assert.All(lines, line => Assert.Equal(columns, line.Split(',').Length));

        var fields = lines[13].Split(',');
        Assert.Equal(["b", "fedsvd", "false", "1", "5"], fields[..5]);
        Assert.Equal(arm.Rounds[0].Quality!.Accuracy, double.Parse(fields[5], CultureInfo.InvariantCulture));
        Assert.Equal("", fields[8]);
        Assert.Equal(["", "", ""], lines[16].Split(',')[5..8]);
    }

    [Fact]
    public void A_name_with_commas_quotes_or_line_ends_is_one_field()
    {
        var arm = SampleResults.Arm("one, \"two\"\nthree", agents: 1);
        Assert.StartsWith("\"one, \"\"two\"\"\nthree\",fedsvd,true,", CsvReport.Agents([arm]).Split('\n', 2)[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_read_the_same_in_every_culture()
    {
        var arm = SampleResults.Arm("a");
        var here = (HtmlReport.Render("t", [arm]), CsvReport.Rounds([arm]), CsvReport.Agents([arm]));
        var before = CultureInfo.CurrentCulture;
        var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        commas.NumberFormat.NegativeSign = "~";
        try
        {
            CultureInfo.CurrentCulture = commas;
            Assert.Equal(here, (HtmlReport.Render("t", [arm]), CsvReport.Rounds([arm]), CsvReport.Agents([arm])));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
