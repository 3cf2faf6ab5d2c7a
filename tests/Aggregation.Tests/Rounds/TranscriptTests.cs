using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Tests;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>
/// Goal: people can read what the machine does, and see in a diff what a change does to it. Method: golden transcripts;
/// lines that begin with "> " are fed to the machine, the indented ones are what it says. FED_REWRITE_GOLDEN=1 writes
/// them anew.
/// </summary>
public class TranscriptTests
{
    private static string Folder => RepositoryFiles.Path("tests", "golden", "rounds");

    public static TheoryData<string> Transcripts =>
        [.. Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void The_machine_says_what_the_transcript_says(string name)
    {
        var path = Path.Combine(Folder, name);
        var golden = File.ReadAllText(path);
        var played = Play(golden.TrimEnd('\n').Split('\n'));
        if (Environment.GetEnvironmentVariable("FED_REWRITE_GOLDEN") == "1") File.WriteAllText(path, played);
        else Assert.Equal(golden, played);
    }

    /// <summary>Every state that some transcript passes through.</summary>
    internal static IReadOnlyCollection<RunState> States()
    {
        var states = new HashSet<RunState>();
        foreach (var path in Directory.GetFiles(Folder, "*.txt"))
            Play(File.ReadAllLines(path), state => states.Add(state));
        return states;
    }

    private static string Play(string[] lines, Action<RunState>? visit = null)
    {
        var (script, played) = (new Script(), new List<string>());
        foreach (var line in lines.Where(line => line.Length == 0 || line[0] is '#' or '>'))
        {
            played.Add(line);
            if (!line.StartsWith('>')) continue;
            try
            {
                script.Run(line[2..]);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"at '{line}': {error.Message}", error);
            }

            played.AddRange(script.Output.Select(text => "    " + text));
            script.Output.Clear();
            visit?.Invoke(script.State);
        }

        return string.Join('\n', played) + "\n";
    }
}
