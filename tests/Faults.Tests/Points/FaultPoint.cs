using System.Diagnostics;

namespace FedLowRank.Faults.Tests.Points;

/// <summary>
/// A place in a process under test at which it dies or waits, if the file that <see cref="Variable"/> names says so: it
/// holds the place and <see cref="Die"/> or <see cref="Wait"/>. Everybody who comes there waits until the file is gone.
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
        if (!IsMeant(place)) return;
        await Console.Out.WriteLineAsync($"{Waiting} {place}");
        using var timer = new PeriodicTimer(Look);
        while (File.Exists(Order)) await timer.WaitForNextTickAsync(cancellationToken);
    }

    /// <summary>As <see cref="ReachAsync"/>, where nobody can await.</summary>
    public static void Reach(string place)
    {
        if (!IsMeant(place)) return;
        Console.Out.WriteLine($"{Waiting} {place}");
        while (File.Exists(Order)) Thread.Sleep(Look);
    }

    /// <summary>Writes an order, whole or not at all.</summary>
    public static void Write(string order, string place, string what)
    {
        File.WriteAllText(order + ".new", $"{place} {what}");
        File.Move(order + ".new", order, overwrite: true);
    }

    private static bool IsMeant(string place)
    {
        if (Order is null || !File.Exists(Order)) return false;
        string[] words;
        try
        {
            words = File.ReadAllText(Order).Split(' ');
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        if (words is not [var wanted, var what] || wanted != place) return false;

        // SIGKILL: nothing is flushed, no handler runs. Nothing of what follows is reached either.
        if (what == Die)
        {
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        }

        return true;
    }
}
