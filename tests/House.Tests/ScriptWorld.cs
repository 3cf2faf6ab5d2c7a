using System.Diagnostics;
using FedLowRank.Tests;

namespace FedLowRank.House.Tests;

/// <summary>
/// A folder with <c>./fed</c>, the solution and its filter, where <c>dotnet</c> is a stand-in that restores what it is
/// told to, builds nothing and finds one good test in every suite.
/// </summary>
internal sealed class ScriptWorld : IDisposable
{
    private const string StandIn = """
        #!/usr/bin/env bash
        cd "$(dirname "${BASH_SOURCE[0]}")"
        echo "$*" >>calls
        case $1 in
          restore)
            if [[ $2 = */FedLowRank.Restored.slnf || ! -f lacks ]]; then exit 0; fi
            cat lacks
            exit 1
            ;;
          build | format) ;;
          *)
            name=$(basename "$1" .dll)
            echo "   $name  Total: 1, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 0.1s"
            ;;
        esac
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    public ScriptWorld()
    {
        foreach (var file in (string[])["fed", "FedLowRank.sln", "FedLowRank.Core.slnf"])
            File.Copy(RepositoryFiles.Path(file), Path.Combine(folder, file));
        foreach (var suite in (string[])["Cluster.Tests", "Privacy.Tests"])
            Directory.CreateDirectory(Path.Combine(folder, "tests", suite));
        Write("dotnet", StandIn);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(folder, "dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Write("Silo.csproj", "<Project />");
    }

    /// <summary>What <c>dotnet</c> was called with, a line each.</summary>
    public string[] Calls => Read("calls").TrimEnd('\n').Split('\n');

    /// <summary>The projects of the filter that <c>./fed</c> wrote.</summary>
    public string Filter => Read("out/FedLowRank.Restored.slnf");

    /// <summary>From now on every restore but that of the filter fails with these lines.</summary>
    public void Lacks(params string[] errors) => Write("lacks", string.Join('\n', errors) + "\n");

    /// <summary>As when a project is edited.</summary>
    public void Edit() =>
        File.SetLastWriteTimeUtc(Path.Combine(folder, "Silo.csproj"), DateTime.UtcNow + TimeSpan.FromMinutes(1));

    /// <summary>Runs <c>./fed</c>.</summary>
    /// <param name="requireAll">With FED_REQUIRE_ALL=1.</param>
    /// <param name="arguments">Its command line.</param>
    /// <returns>Its exit code and all that it printed.</returns>
    public async Task<(int Exit, string Said)> RunAsync(bool requireAll, params string[] arguments)
    {
        File.Delete(Path.Combine(folder, "calls"));
        var start = new ProcessStartInfo("bash", [Path.Combine(folder, "fed"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = folder;
        start.Environment["FED_REQUIRE_ALL"] = requireAll ? "1" : "";
        using var script = Process.Start(start)!;
        var (output, error) = (script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
        await script.WaitForExitAsync();
        return (script.ExitCode, await output + await error);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Read(string name) => File.ReadAllText(Path.Combine(folder, name));

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
}
