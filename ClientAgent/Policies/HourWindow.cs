using System.Globalization;
using System.Text.RegularExpressions;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>
/// A window of local time, for example <c>mon-fri 20:00-06:00</c> or <c>12:00-13:30</c>: days (all where none is
/// named), first and last minute, the last excluded. One that ends at or before its start goes on into the next day.
/// </summary>
internal sealed partial class HourWindow
{
    private static readonly string[] Names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly string text;
    private readonly bool[] days;
    private readonly TimeOnly from;
    private readonly TimeOnly to;

    private HourWindow(string text, bool[] days, TimeOnly from, TimeOnly to) =>
        (this.text, this.days, this.from, this.to) = (text, days, from, to);

    /// <summary>Reads a window; null where it is none.</summary>
    public static HourWindow? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success || Time(match.Groups["from"]) is not { } start || Time(match.Groups["to"]) is not { } end)
            return null;
        var included = Enumerable.Repeat(!match.Groups["first"].Success, Names.Length).ToArray();
        if (match.Groups["first"].Success)
        {
            var first = Array.IndexOf(Names, match.Groups["first"].Value);
            var last = match.Groups["last"].Success ? Array.IndexOf(Names, match.Groups["last"].Value) : first;
            for (var day = first; ; day = (day + 1) % Names.Length)
            {
                included[day] = true;
                if (day == last) break;
            }
        }

        return new(text, included, start, end);
    }

    /// <summary>Whether a local time lies in the window.</summary>
    public bool Includes(DateTimeOffset local)
    {
        var (day, time) = ((int)local.DayOfWeek, TimeOnly.FromTimeSpan(local.TimeOfDay));
        if (from < to) return days[day] && time >= from && time < to;
        return (days[day] && time >= from) || (days[(day + Names.Length - 1) % Names.Length] && time < to);
    }

    /// <inheritdoc/>
    public override string ToString() => text;

    private static TimeOnly? Time(Group group) =>
        TimeOnly.TryParseExact(
            group.Value, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : null;

    [GeneratedRegex(
        @"\A((?<first>sun|mon|tue|wed|thu|fri|sat)(-(?<last>sun|mon|tue|wed|thu|fri|sat))? )?"
        + @"(?<from>\d\d:\d\d)-(?<to>\d\d:\d\d)\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
