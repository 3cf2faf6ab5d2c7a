using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>
/// States and events as UTF-8 JSON. What is written is read back equal; a member that the form does not have, or one
/// that is missing, is an error and never dropped or guessed.
/// </summary>
public static class RunJson
{
    /// <summary>
    /// Version of the form. Any change of it takes the next number, but for a member that may be absent and is written
    /// only where it says something: what was stored without it keeps its meaning and its bytes, and an older build
    /// that meets it refuses it by name, as it would another version.
    /// </summary>
    public const int Schema = 1;

    /// <summary>Writes a state.</summary>
    public static byte[] Write(RunState state) =>
        VersionedJson.Write(Schema, state, RoundsJsonContext.Default.VersionedRunState);

    /// <summary>Writes an event. One that was refused as malformed may hold what JSON cannot.</summary>
    /// <exception cref="ArgumentException">A number is NaN or infinite.</exception>
    public static byte[] Write(RunEvent happened) =>
        VersionedJson.Write(Schema, happened, RoundsJsonContext.Default.VersionedRunEvent);

    /// <summary>Reads a state.</summary>
    /// <exception cref="JsonException">
    /// Not JSON, of another version, or not of the form; the message names where.
    /// </exception>
    public static RunState ReadState(ReadOnlySpan<byte> json) =>
        VersionedJson.Read(Schema, json, RoundsJsonContext.Default.VersionedRunState);

    /// <summary>Reads an event.</summary>
    /// <exception cref="JsonException">
    /// Not JSON, of another version, or not of the form; the message names where.
    /// </exception>
    public static RunEvent ReadEvent(ReadOnlySpan<byte> json) =>
        VersionedJson.Read(Schema, json, RoundsJsonContext.Default.VersionedRunEvent);
}
