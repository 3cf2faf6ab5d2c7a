using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Logs;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.ClientAgent.Work;
using FedLowRank.Federation.Service;

namespace FedLowRank.ClientAgent.Tests.Work;

/// <summary>Goal: what fills in a line is the server's only by name. Method: one value of each kind.</summary>
public class LogTextTests
{
    [Fact]
    public void Of_what_is_filled_in_the_server_sees_names_and_codes_alone()
    {
        var round = new RoundRef(new("demo"), new(3, 1));
        var hash = new BlobHash(1, 2);
        Both($"{round} {round.Run} {round.Round} {hash}", $"demo 3.1 demo 3.1 {hash}", $"demo 3.1 demo 3.1 {hash}");
        Both($"{new AgentId("berlin")}: {DeclineReason.Data}", "berlin: Data", "berlin: Data");
        Both($"rows {17} {0.5} {17L}", "rows 17 0.5 17", "rows [withheld] [withheld] [withheld]");
        Both($"at {"/data/texts.tsv"}{(string?)null}!", "at /data/texts.tsv!", "at [withheld][withheld]!");
        Both($"{new IOException("disk of eva")}", "disk of eva", "IOException");
        Both(
            $"{new RefusedException(new("t", 409, "late", "too late"))}", "the server refused: too late (late)",
            "late");
        Both(
            $"{new HttpRequestException(HttpRequestError.ConnectionError, "no", new IOException("10.0.0.7 is down"))}",
            "no 10.0.0.7 is down", "HttpRequestException ConnectionError");
        Both($"[withheld] is our own word", "[withheld] is our own word", "[withheld] is our own word");
    }

    [Fact]
    public void As_many_lines_of_each_level_are_kept_as_may_be_told_and_each_is_short()
    {
        using var folder = new TemporaryFolder();
        var log = new AgentLog(folder.Agent, new DurableFile(), new Silent(), TimeProvider.System);
        log.Warn($"the first warning");
        for (var i = 0; i < 150; i++) log.Say($"{new RunId($"run-{i}")}");
        Assert.Null(log.Trouble(new(100, LineLevel.Info)));
        var longest = new string('x', 60);
        log.Fail(
            AgentErrorKind.Other, null,
            $"{new RunId(longest)}{new RunId(longest)}{new RunId(longest)}{new RunId(longest)}");
        Assert.Empty(log.Trouble(null)!.Log);
        Assert.Equal(2, log.Trouble(new(100, LineLevel.Warning))!.Log.Count);
        var told = log.Trouble(new(100, LineLevel.Info))!;
        Assert.Null(told.Problem());
        Assert.Equal(AgentTrouble.LinesMax, told.Log.Count);
        Assert.EndsWith("info run-149", told.Log[^2], StringComparison.Ordinal);
        Assert.Equal(AgentTrouble.LineCharactersMax, told.Log[^1].Length);

        var again = new AgentLog(folder.Agent, new DurableFile(), new Silent(), TimeProvider.System);
        Assert.Equal(told, again.Trouble(new(100, LineLevel.Info)));
    }

    [Fact]
    public void A_disk_that_takes_no_note_does_not_stop_the_agent()
    {
        using var folder = new TemporaryFolder();
        var full = new DurableFile(_ => throw new IOException("No space left on device"));
        var told = 0;
        var log = new AgentLog(folder.Agent, full, new Silent(), TimeProvider.System) { Failed = () => told++ };
        log.Fail(AgentErrorKind.Ledger, null, $"damaged");
        Assert.Equal((1, AgentErrorKind.Ledger), (told, log.Trouble(null)!.Error.Kind));
    }

    private static void Both(LogText text, string whole, string shared) =>
        Assert.Equal((whole, shared), (text.Whole, text.Shared));

    private sealed class TemporaryFolder : IDisposable
    {
        private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("fedlowrank-log-");

        public AgentFolder Agent => new(root.FullName);

        public void Dispose() => root.Delete(recursive: true);
    }

    private sealed class Silent : IAgentDisplay
    {
        public void Say(string line)
        {
        }

        public T Follow<T>(string title, int steps, Func<Action<int>, T> work) => work(_ => { });
    }
}
