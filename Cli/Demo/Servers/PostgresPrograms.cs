using System.Globalization;
using FedLowRank.Cli.Admin;

namespace FedLowRank.Cli.Demo.Servers;

/// <summary>Where PostgreSQL's programs are.</summary>
internal static class PostgresPrograms
{
    /// <summary>Where Debian and its kin keep each version in a folder of its own, outside the path.</summary>
    private const string Debian = "/usr/lib/postgresql";

    private static readonly string[] Needed = ["initdb", "postgres"];

    /// <summary>The folder that holds them on this machine.</summary>
    /// <exception cref="AdminException">There is none.</exception>
    public static string Find() => Find(Environment.GetEnvironmentVariable("PATH") ?? "", Debian)
        ?? throw AdminException.BadInput(
            "no-postgresql",
            $"a cluster needs PostgreSQL, but initdb and postgres are neither in PATH nor under {Debian}: " +
            "install it (on Debian and Ubuntu: apt install postgresql; with Homebrew: brew install postgresql), or " +
            "name a server with --database");

    /// <summary>The first folder of a path that holds them, else that of the newest version; null for none.</summary>
    /// <param name="path">Folders, as in PATH.</param>
    /// <param name="versions">A folder of versions, each with a <c>bin</c>.</param>
    public static string? Find(string path, string versions) =>
        path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(Directory.Exists(versions)
                ? Directory.GetDirectories(versions).OrderByDescending(Version)
                    .Select(version => Path.Combine(version, "bin"))
                : [])
            .FirstOrDefault(folder => Needed.All(program => File.Exists(Path.Combine(folder, program))));

    private static double Version(string folder) => double.TryParse(
        Path.GetFileName(folder), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var version)
            ? version
            : 0;
}
