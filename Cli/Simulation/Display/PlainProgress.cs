using System.Globalization;
using FedLowRank.Gateway.Charts;

namespace FedLowRank.Cli.Simulation.Display;

/// <summary>
/// Lines for a file or pipe: one at the start of a run, one for each round, and where rounds are long one in between
/// now and then.
/// </summary>
internal sealed class PlainProgress(TextWriter writer, TimeProvider time) : ISimulationProgress
{
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    private string run = string.Empty;
    private int rounds;
    private long expected;
    private long processed;
    private long beganAt;
    private long spokeAt;

    /// <inheritdoc/>
    public void Began(string name, int rounds, long examplesExpected)
    {
        run = name;
        this.rounds = rounds;
        expected = examplesExpected;
        processed = 0;
        beganAt = time.GetTimestamp();
        Say(string.Create(CultureInfo.InvariantCulture, $"{run}: {rounds} rounds, about {expected} examples"));
    }

    /// <inheritdoc/>
    public void Processed(int examples)
    {
        processed += examples;
        if (time.GetElapsedTime(spokeAt) >= SilenceMax)
        {
            Say($"{run}: {Pace()}");
        }
    }

    /// <inheritdoc/>
    public void RoundDone(RoundResult round) => Say($"{RoundLine.Of(run, rounds, round)}; {Pace()}");

    private string Pace()
    {
        var seconds = time.GetElapsedTime(beganAt).TotalSeconds;
        var rate = seconds > 0 ? processed / seconds : 0;
        var left = rate > 0 ? Math.Max(0, expected - processed) / rate : 0;
        var share = Math.Min(100, 100.0 * processed / Math.Max(1, expected));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{share:0} %, {rate:0} examples/s, {Figures.Duration(left)} left");
    }

    private void Say(string line)
    {
        writer.WriteLine(line);
        writer.Flush();
        spokeAt = time.GetTimestamp();
    }
}
