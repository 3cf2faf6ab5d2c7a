using System.Text;
using FedLowRank.Cli.Reports;

namespace FedLowRank.Cli.Tests.Reports;

/// <summary>
/// Goal: whenever the program is killed, the folder holds files of one run only. Method: stop between every two of the
/// single operations and look.
/// </summary>
public sealed class WholeFilesTests : IDisposable
{
    private static readonly string[] Names = ["adapter/a", "adapter/b", "report", "results"];

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(4, 4)]
    [InlineData(4, 2)]
    [InlineData(2, 4)]
    [InlineData(0, 4)]
    public void A_kill_between_two_operations_never_mixes_two_runs(int oldCount, int newCount)
    {
        var steps = Count();
        Assert.True(steps >= 1 + newCount + Names.Length + newCount);
        for (var killedAfter = 0; killedAfter <= steps; killedAfter++)
        {
            var results = Path.Combine(folder, $"{killedAfter}");
            WholeFiles.Replace(results, Files("old", oldCount), Names);
            File.WriteAllText(Path.Combine(results, "mine.txt"), "stays");
            foreach (var step in WholeFiles.Steps(results, Staging(results), Files("new", newCount), Names)
                .Take(killedAfter))
            {
                step();
            }

            var found = Names.Where(name => File.Exists(Path.Combine(results, name))).ToList();
            var runs = found.Select(name => File.ReadAllText(Path.Combine(results, name))).Distinct().ToList();
            Assert.True(runs.Count <= 1, $"killed after {killedAfter}: files of {string.Join(" and ", runs)}");
            if (found.Contains("results"))
            {
                Assert.Equal(runs[0] == "old" ? oldCount : newCount, found.Count);
            }

            Assert.Equal("stays", File.ReadAllText(Path.Combine(results, "mine.txt")));

            // The next run mends whatever the kill has left.
            WholeFiles.Replace(results, Files("next", Names.Length), Names);
            Assert.All(Names, name => Assert.Equal("next", File.ReadAllText(Path.Combine(results, name))));
        }

        int Count() => WholeFiles.Steps(folder, Staging(folder), Files("new", newCount), Names).Count();
    }

    [Fact]
    public void Files_that_the_new_run_does_not_have_go_with_their_folder()
    {
        WholeFiles.Replace(folder, Files("old", 4), Names);
        WholeFiles.Replace(folder, Files("new", 2), Names);
        Assert.Equal(
            ["report", "results"],
            Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Where_a_file_cannot_be_written_the_earlier_run_stays()
    {
        WholeFiles.Replace(folder, Files("old", 4), Names);
        string[] names = ["bad\0name", .. Names];
        var files = new Dictionary<string, byte[]>(Files("new", 4)) { ["bad\0name"] = [] };
        Assert.ThrowsAny<Exception>(() => WholeFiles.Replace(folder, files, names));
        Assert.Equal("old", File.ReadAllText(Path.Combine(folder, "results")));
        Assert.Equal(
            ["adapter", "report", "results"],
            Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static string Staging(string results) => Path.Combine(results, ".staging.tmp");

    /// <summary>The last ones of the names, as a run without an adapter has them.</summary>
    private static Dictionary<string, byte[]> Files(string run, int count) => Names.TakeLast(count).ToDictionary(
        name => name, _ => Encoding.UTF8.GetBytes(run), StringComparer.Ordinal);
}
