using System.Diagnostics;

namespace FedLowRank.Faults.Tests.Points;

/// <summary>
/// A place in a process under test at which it dies or waits, if one of the files that <see cref="Variable"/> names
/// says so: it holds the place and <see cref="Die"/> or <see cref="Wait"/>. Everybody who comes there waits for as long
/// as it does. Of several processes with the same file one dies, which takes the file along.
/// </summary>
internal static class FaultPoint
{
    public const string Variable = "FEDLOWRANK_FAULT";
    public const string Die = "die";
    public const string Wait = "wait";

    /// <summary>Printed, with the place, before waiting.</summary>
    public const string Waiting = "waiting at";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly string[] Orders =
        Environment.GetEnvironmentVariable(Variable)?.Split(Path.PathSeparator) ?? [];

    /// <summary>Dies or waits where the order names this place.</summary>
    public static async Task ReachAsync(string place, CancellationToken cancellationToken = default)
    {
        if (!IsOrdered(place)) return;
        await Console.Out.WriteLineAsync($"{Waiting} {place}");
        using var timer = new PeriodicTimer(Look);
        while (IsOrdered(place)) await timer.WaitForNextTickAsync(cancellationToken);
    }

    /// <summary>As <see cref="ReachAsync"/>, where nobody can await.</summary>
    public static void Reach(string place)
    {
        if (!IsOrdered(place)) return;
        Console.Out.WriteLine($"{Waiting} {place}");
        while (IsOrdered(place)) Thread.Sleep(Look);
    }

    /// <summary>Writes an order, whole or not at all.</summary>
    public static void Write(string order, string place, string what)
    {
        File.WriteAllText(order + ".new", $"{place} {what}");
        File.Move(order + ".new", order, overwrite: true);
    }

    private static bool IsOrdered(string place) => Orders.Any(order => IsOrdered(order, place));

    private static bool IsOrdered(string order, string place)
    {
        if (!File.Exists(order)) return false;
        try
        {
            if (File.ReadAllText(order).Split(' ') is not [var wanted, var how] || wanted != place) return false;
            if (how == Wait) return true;
            File.Move(order, order + ".done", overwrite: true);
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        Kill();
        return true;
    }

    // SIGKILL: nothing is flushed, no handler runs, and nothing of what follows is reached.
    private static void Kill()
    {
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}
