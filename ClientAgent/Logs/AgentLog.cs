using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.ClientAgent.Work;
using FedLowRank.Federation.Service;

namespace FedLowRank.ClientAgent.Logs;

/// <summary>
/// What the agent says to its owner, all of it; and what it keeps of that for the server: the last error, and the last
/// lines with everything withheld that is not the program's own word, a name of the run, a hash or a code
/// (<see cref="LogText"/>). Of the lines the server is told as many as the owner's policy says, none without a word of
/// it; of the error its code, which names no more than declines and losses do.
/// </summary>
/// <remarks>
/// An error is also in <c>trouble.json</c>, where the owner can read exactly what may be sent, so that an agent that
/// died of it can still tell after its next start. Safe for concurrent use.
/// </remarks>
internal sealed class AgentLog
{
    private readonly Lock gate = new();
    private readonly List<LogLine> lines = [];
    private readonly AgentFolder folder;
    private readonly DurableFile files;
    private readonly IAgentDisplay display;
    private readonly TimeProvider time;
    private AgentError? last;

    public AgentLog(AgentFolder folder, DurableFile files, IAgentDisplay display, TimeProvider time)
    {
        (this.folder, this.files, this.display, this.time) = (folder, files, display, time);
        if (ReadNote(folder) is not { } note) return;
        last = note.Error;
        lines.AddRange(note.Lines);
    }

    /// <summary>Told of every error.</summary>
    public Action Failed { get; set; } = () => { };

    /// <summary>Something went as it should.</summary>
    public void Say(LogText line) => Keep(LineLevel.Info, line);

    /// <summary>Something went wrong that mends itself, or harms nothing.</summary>
    public void Warn(LogText line) => Keep(LineLevel.Warning, line);

    /// <summary>Something went wrong that somebody should look at.</summary>
    /// <param name="kind">What the server is told.</param>
    /// <param name="round">Where; null for nowhere in particular.</param>
    /// <param name="line">What the owner is told.</param>
    public void Fail(AgentErrorKind kind, RoundRef? round, LogText line)
    {
        Keep(LineLevel.Error, line);
        lock (gate)
        {
            last = new(kind, time.GetUtcNow(), round?.Run, round?.Round.ToString());
            Write(new(last, [.. lines]));
        }

        Failed();
    }

    /// <summary>The agent does not take part in a round; being busy is no error.</summary>
    public void Decline(RoundRef round, Objection objection, LogText line)
    {
        if (AgentError.KindOf(objection.Reason) is { } kind) Fail(kind, round, line);
        else Say(line);
    }

    /// <summary>What the server is to know; null where nothing went wrong yet.</summary>
    /// <param name="policy">The owner's word on the lines; null for none of them.</param>
    public AgentTrouble? Trouble(LogPolicy? policy)
    {
        lock (gate)
        {
            if (last is null) return null;
            var told = policy is null
                ? []
                : lines.Where(line => line.Level >= policy.Level).TakeLast(policy.Lines);
            return new(last, told.Select(line => Short(AgentTrouble.Clean(line.ToString()))).ToValueList());
        }
    }

    private void Keep(LineLevel level, LogText line)
    {
        display.Say(line.Whole);
        lock (gate)
        {
            lines.Add(new(time.GetUtcNow(), level, line.Shared));

            // Of each level as many as may be told, so that what goes well does not push out what went wrong.
            if (lines.Count(each => each.Level == level) > AgentTrouble.LinesMax)
                lines.RemoveAt(lines.FindIndex(each => each.Level == level));
        }
    }

    // Nothing that counts depends on the note, so a full disk does not stop the agent here.
    private void Write(TroubleNote note)
    {
        try
        {
            files.Write(folder.Trouble, JsonSerializer.SerializeToUtf8Bytes(note, StorageJson.Default.TroubleNote));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            display.Say($"{folder.Trouble} cannot be written: {error.Message}");
        }
    }

    private static TroubleNote? ReadNote(AgentFolder folder)
    {
        try
        {
            return File.Exists(folder.Trouble)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(folder.Trouble), StorageJson.Default.TroubleNote)
                : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Short(string line) => line.Length <= AgentTrouble.LineCharactersMax
        ? line
        : $"{line[..(AgentTrouble.LineCharactersMax - 1)]}…";
}
