namespace FedLowRank.Benchmarks.Service;

/// <summary>Reads what a server tells its operator, so that its pipe is never full, and keeps the last of it.</summary>
internal sealed class ServerLog
{
    private const int LinesMax = 50;

    private readonly Queue<string> lines = [];

    public ServerLog(TextReader source) => _ = Task.Run(() => ReadAsync(source));

    /// <summary>The last lines.</summary>
    public string Text
    {
        get
        {
            lock (lines) return string.Join(Environment.NewLine, lines);
        }
    }

    private async Task ReadAsync(TextReader source)
    {
        while (await source.ReadLineAsync() is { } line)
        {
            lock (lines)
            {
                lines.Enqueue(line);
                if (lines.Count > LinesMax) lines.Dequeue();
            }
        }
    }
}
