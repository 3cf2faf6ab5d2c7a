using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Cli.Verbs;

/// <summary>A run after a change, for programs.</summary>
/// <param name="Run">Its name.</param>
/// <param name="At">The server's clock.</param>
/// <param name="Status">
/// <c>draft</c>, <c>between-rounds</c>, <c>in-round</c>, <c>paused</c>, <c>completed</c>, <c>cancelled</c> or
/// <c>failed</c>.
/// </param>
/// <param name="Text">The same for people, with its reason.</param>
/// <param name="RoundsDone">Number of the last completed round.</param>
/// <param name="Rounds">How many there are to be.</param>
/// <param name="Round">The attempt in progress, NUMBER.ATTEMPT.</param>
/// <param name="Stage">What it does.</param>
/// <param name="Deadline">Until when at most, if nobody sets the server's clock.</param>
/// <param name="Agents">Who was invited to it.</param>
/// <param name="Last">The attempt that ended last.</param>
internal sealed record WatchLine(
    RunId Run, DateTimeOffset At, string Status, string Text, int RoundsDone, int Rounds, string? Round,
    string? Stage, DateTimeOffset? Deadline, IReadOnlyList<WatchAgent> Agents, WatchReport? Last);

/// <summary>An invited agent.</summary>
/// <param name="Agent">Its name.</param>
/// <param name="Standing">One word.</param>
/// <param name="Tenths">Of its local steps, while it trains.</param>
internal sealed record WatchAgent(AgentId Agent, string Standing, int? Tenths);

/// <summary>An attempt that has ended.</summary>
internal sealed record WatchReport(string Round, string Result, int Updates, int Invited);
