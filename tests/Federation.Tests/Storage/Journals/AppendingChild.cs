using System.Diagnostics;
using System.Globalization;
using System.Text;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Storage.Journals.Postgres;
using FedLowRank.Federation.Storage.Journals.Sqlite;

namespace FedLowRank.Federation.Tests.Storage.Journals;

/// <summary>
/// Goal: what a journal has acknowledged is there after its process was killed. Method: this test program runs itself
/// as a child, which appends to four streams at once and prints each number that was acknowledged; the parent kills it
/// in the middle, reads what was printed, and compares.
/// </summary>
public sealed class AppendingChild
{
    private const string Where = "FEDLOWRANK_TEST_JOURNAL";
    private const int StreamCount = 4;
    private const int Kills = 3;
    private const int AcknowledgedMin = 40;

    private static readonly Func<string, Task<IJournal>>[] Kinds =
    [
        async folder => await SqliteJournal.OpenAsync(folder),
        async connectionString => await PostgresJournal.OpenAsync(connectionString),
    ];

    /// <summary>The child's work: appends until it is killed.</summary>
    [Fact(Explicit = true)]
    public async Task Appends_until_it_is_killed()
    {
        var where = Environment.GetEnvironmentVariable(Where)?.Split('|');
        Assert.SkipWhen(where is null, "runs only as the child of the kill tests");
        await using var journal = await Kinds[int.Parse(where[0], CultureInfo.InvariantCulture)](where[1]);
        await using var output = Console.OpenStandardOutput();
        await Task.WhenAll(Enumerable.Range(0, StreamCount).Select(AppendAsync));

        async Task AppendAsync(int stream)
        {
            var last = (await journal.FindAsync(Stream(stream)))?.Last ?? 0;
            while (true)
            {
                await journal.AppendAsync(Stream(stream), last, [Payload(stream, last + 1)]);
                Tell(output, $"acknowledged {stream} {++last}\n");
            }
        }
    }

    internal static Task SqliteSurvivesAsync(string folder) => SurvivesKillsAsync(0, folder);

    internal static Task PostgresSurvivesAsync(string connectionString) =>
        SurvivesKillsAsync(1, connectionString);

    private static async Task SurvivesKillsAsync(int kind, string where)
    {
        for (var kill = 1; kill <= Kills; kill++)
        {
            var acknowledged = await KilledAsync($"{kind}|{where}");
            await using var journal = await Kinds[kind](where);
            for (var stream = 0; stream < StreamCount; stream++)
            {
                long count = 0;
                await foreach (var entry in journal.ReadAsync(Stream(stream), 1))
                {
                    count++;
                    Assert.Equal(count, entry.Number);
                    Assert.Equal(Payload(stream, count), entry.Payload.ToArray());
                }

                Assert.True(
                    count >= acknowledged[stream],
                    $"kill {kill}: {acknowledged[stream]} acknowledged, {count} there in stream {stream}");
            }
        }
    }

    private static void Tell(Stream output, string line)
    {
        lock (output) output.Write(Encoding.ASCII.GetBytes(line));
    }

    /// <summary>The last number acknowledged in each stream.</summary>
    private static async Task<long[]> KilledAsync(string where)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, UseShellExecute = false };
        var runsInHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        if (runsInHost) start.ArgumentList.Add(typeof(AppendingChild).Assembly.Location);
        foreach (var argument in (string[])
            ["-explicit", "only", "-method", $"{typeof(AppendingChild).FullName}.{nameof(Appends_until_it_is_killed)}"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[Where] = where;
        using var child = Process.Start(start)!;
        var acknowledged = new long[StreamCount];
        var (lines, others) = (0, new List<string>());
        try
        {
            while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (line.Split(' ') is ["acknowledged", var stream, var number])
                {
                    acknowledged[int.Parse(stream, null)] = long.Parse(number, null);
                    if (++lines == AcknowledgedMin) child.Kill();
                }
                else
                {
                    others.Add(line);
                }
            }
        }
        finally
        {
            if (!child.HasExited) child.Kill();
            await child.WaitForExitAsync(CancellationToken.None);
        }

        Assert.True(lines >= AcknowledgedMin, string.Join('\n', others));
        return acknowledged;
    }

    private static StreamName Stream(int stream) => new($"kill/{stream}");

    private static byte[] Payload(int stream, long number) => Encoding.ASCII.GetBytes($"{stream} {number}");
}
