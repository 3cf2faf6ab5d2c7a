using System.Globalization;
using System.Text;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Reports;
using FedLowRank.Cli.Simulation.Configuration;

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
    public void The_adapter_of_an_earlier_run_goes_where_this_one_has_none()
    {
        ResultFiles.Write(folder, "first", [SampleResults.Arm("a")], new AdapterFiles(new byte[1], new byte[2]));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder, "adapter")).Length);
        ResultFiles.Write(folder, "second", [SampleResults.Arm("a")]);
        Assert.False(Directory.Exists(Path.Combine(folder, "adapter")));
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
    public void Json_tells_the_start_and_the_configuration_which_can_be_run_again()
    {
        var arm = SampleResults.Arm("a");
        using var document = JsonDocument.Parse(JsonReport.Render("t", [arm]));
        var read = document.RootElement.GetProperty("arms")[0];
        Assert.Equal("orthonormal", read.GetProperty("start").GetString());
        Assert.Equal("classification", read.GetProperty("task").GetString());
        var again = SimulationConfigFile.Parse(
            Encoding.UTF8.GetBytes(read.GetProperty("configuration").GetRawText()), "again", "/elsewhere");
        Assert.Equal(SimulationConfigFile.ToJson(arm.Configuration), SimulationConfigFile.ToJson(again));
    }

    [Fact]
    public void Results_for_tokens_speak_of_perplexity_and_of_no_label()
    {
        var arm = SampleResults.Arm("a", task: TaskKind.NextToken);
        var (json, csv) = (JsonReport.Render("t", [arm]), CsvReport.Rounds([arm]));
        Assert.StartsWith(
            "arm,method,is_private,round,agents,perplexity,loss,epsilon_max,", csv, StringComparison.Ordinal);
        Assert.Equal(
            arm.Rounds[0].Quality!.Perplexity!.Value,
            double.Parse(csv.Split('\n')[1].Split(',')[5], CultureInfo.InvariantCulture));
        using var document = JsonDocument.Parse(json);
        var read = document.RootElement.GetProperty("arms")[0];
        Assert.Equal(88.5, read.GetProperty("unigramPerplexity").GetDouble());
        Assert.Equal(["perplexity", "loss"], read.GetProperty("final").EnumerateObject().Select(p => p.Name));
        Assert.All((string[])["accuracy", "macro", "majority"], word => Assert.DoesNotContain(
            word, json + csv, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Arms_of_different_tasks_are_not_compared() => Assert.Throws<ArgumentException>(() => ResultFiles.Write(
        folder, "t", [SampleResults.Arm("a"), SampleResults.Arm("b", task: TaskKind.NextToken)]));

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
        Assert.Equal(arm.Rounds[0].Quality!.Accuracy!.Value, double.Parse(fields[5], CultureInfo.InvariantCulture));
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
