namespace FedLowRank.Federation.Hosting.Journaling;

internal delegate T ReadJson<out T>(ReadOnlySpan<byte> json);

/// <summary>How a state and its events are stored, and how an event leads from one state to the next.</summary>
/// <param name="WriteState">As bytes.</param>
/// <param name="ReadState">From bytes; throws where they are not of the form.</param>
/// <param name="ReadEvent">From bytes; throws where they are not of the form.</param>
/// <param name="Apply">The state after an event.</param>
internal sealed record StateForm<TState, TEvent>(
    Func<TState, byte[]> WriteState, ReadJson<TState> ReadState, ReadJson<TEvent> ReadEvent,
    Func<TState, TEvent, TState> Apply);
