using System.Diagnostics;

namespace FedLowRank.Faults.Tests.Points;

/// <summary>
/// A place in a process under test at which it dies or waits, if the file that <see cref="Variable"/> names says so: it
/// holds the place and <see cref="Die"/> or <see cref="Wait"/>. Everybody who comes there waits for as long as it does.
/// </summary>
internal static class FaultPoint
{
    public const string Variable = "FEDLOWRANK_FAULT";
    public const string Die = "die";
    public const string Wait = "wait";

    /// <summary>Printed, with the place, before waiting.</summary>
    public const string Waiting = "waiting at";

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly string? Order = Environment.GetEnvironmentVariable(Variable);

    /// <summary>Dies or waits where the order names this place.</summary>
    public static async Task ReachAsync(string place, CancellationToken cancellationToken = default)
    {
        if (!IsOrdered(place, out var what)) return;
        if (what == Die) Kill();
        await Console.Out.WriteLineAsync($"{Waiting} {place}");
        using var timer = new PeriodicTimer(Look);
        while (IsOrdered(place, out _)) await timer.WaitForNextTickAsync(cancellationToken);
    }

    /// <summary>As <see cref="ReachAsync"/>, where nobody can await.</summary>
    public static void Reach(string place)
    {
        if (!IsOrdered(place, out var what)) return;
        if (what == Die) Kill();
        Console.Out.WriteLine($"{Waiting} {place}");
        while (IsOrdered(place, out _)) Thread.Sleep(Look);
    }

    /// <summary>Writes an order, whole or not at all.</summary>
    public static void Write(string order, string place, string what)
    {
        File.WriteAllText(order + ".new", $"{place} {what}");
        File.Move(order + ".new", order, overwrite: true);
    }

    private static bool IsOrdered(string place, out string what)
    {
        what = "";
        if (Order is null || !File.Exists(Order)) return false;
        try
        {
            if (File.ReadAllText(Order).Split(' ') is not [var wanted, var how] || wanted != place) return false;
            what = how;
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    // SIGKILL: nothing is flushed, no handler runs, and nothing of what follows is reached.
    private static void Kill()
    {
        Process.GetCurrentProcess().Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}
