using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>A roster in one line.</summary>
internal static class RosterView
{
    /// <summary>How many agents stand how, the most first: <c>388 joined, 12 invited</c>.</summary>
    public static string Counts(IEnumerable<RosterEntry> roster) => string.Join(
        ", ",
        roster.GroupBy(entry => entry.Standing.Name, StringComparer.Ordinal)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => FormattableString.Invariant($"{group.Count()} {group.Key}")));
}
