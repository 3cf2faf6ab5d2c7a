using FedLowRank.Cli.Demo.Servers;

namespace FedLowRank.Cli.Tests.Demo;

public sealed class PostgresProgramsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    private string Versions => Path.Combine(folder, "versions");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_folder_of_the_path_comes_first_if_it_has_both_programs()
    {
        var client = Install("client", "initdb");
        var server = Install("server", "initdb", "postgres");
        Install("versions/15/bin", "initdb", "postgres");
        Assert.Equal(server, PostgresPrograms.Find($"{client}{Path.PathSeparator}{server}", Versions));
    }

    [Fact]
    public void Otherwise_the_newest_version_is_taken_by_number()
    {
        Install("versions/9.6/bin", "initdb", "postgres");
        var newest = Install("versions/17/bin", "initdb", "postgres");
        Install("versions/18/bin", "psql");
        Assert.Equal(newest, PostgresPrograms.Find("", Versions));
    }

    [Fact]
    public void Nothing_is_found_where_there_is_none() => Assert.Null(PostgresPrograms.Find(folder, Versions));

    private string Install(string place, params string[] programs)
    {
        var made = Directory.CreateDirectory(Path.Combine(folder, place)).FullName;
        foreach (var program in programs) File.WriteAllText(Path.Combine(made, program), "");
        return made;
    }
}
