using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Training.Local;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>
/// Updates on disk until the server has said what becomes of them, so that the same bytes are sent however often the
/// agent dies. An update is its file, and after it a note of its hash, which makes it count.
/// </summary>
internal sealed class Outbox(string folder, DurableFile files)
{
    private const string UpdateSuffix = ".safetensors";
    private const string NoteSuffix = ".json";

    /// <summary>Keeps an update; durable when this returns.</summary>
    /// <param name="round">What it answers.</param>
    /// <param name="update">The only thing that leaves an agent.</param>
    /// <param name="form">How it is written.</param>
    /// <param name="weight">Declared.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public OutboxItem Store(RoundRef round, SendableUpdate update, UpdateForm form, int weight)
    {
        var path = PathOf(round, UpdateSuffix);
        files.Write(path, stream => form.Write(update.Values, stream));
        using var written = File.OpenRead(path);
        var note = new OutboxNote(
            round.Run, round.Round, BlobHash.Of(SHA256.HashData(written)), written.Length, weight);
        files.Write(
            PathOf(round, NoteSuffix), JsonSerializer.SerializeToUtf8Bytes(note, StorageJson.Default.OutboxNote));
        return ItemOf(note, path);
    }

    /// <summary>The update of a round; null where none became durable, or what there is was damaged since.</summary>
    public OutboxItem? Find(RoundRef round)
    {
        var (path, notePath) = (PathOf(round, UpdateSuffix), PathOf(round, NoteSuffix));
        if (!File.Exists(notePath) || !File.Exists(path)) return null;
        try
        {
            var note = JsonSerializer.Deserialize(File.ReadAllBytes(notePath), StorageJson.Default.OutboxNote);
            if (note is null || new RoundRef(note.Run, note.Round) != round) return null;
            using var stream = File.OpenRead(path);
            return stream.Length == note.Bytes && BlobHash.Of(SHA256.HashData(stream)) == note.Hash
                ? ItemOf(note, path)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Every attempt that has an update here, damaged or not.</summary>
    public IReadOnlyList<RoundRef> Rounds() => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder, "*" + NoteSuffix).Select(RoundOf).OfType<RoundRef>()];

    /// <summary>Forgets an update that is settled. The note goes first: half an update counts as none.</summary>
    public void Remove(RoundRef round)
    {
        if (!Directory.Exists(folder)) return;
        File.Delete(PathOf(round, NoteSuffix));
        File.Delete(PathOf(round, UpdateSuffix));
    }

    private static RoundRef? RoundOf(string notePath)
    {
        var parts = Path.GetFileNameWithoutExtension(notePath).Split('@');
        return parts.Length == 2 && RoundRef.ParseRound(parts[1]) is { } round ? new(new(parts[0]), round) : null;
    }

    private static OutboxItem ItemOf(OutboxNote note, string path) =>
        new(new(note.Run, note.Round), path, note.Hash, note.Bytes, note.Weight);

    // Names of runs hold no '@'.
    private string PathOf(RoundRef round, string suffix) => Path.Combine(
        folder, string.Create(CultureInfo.InvariantCulture, $"{round.Run}@{round.Round}{suffix}"));
}
