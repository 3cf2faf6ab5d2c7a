using System.Globalization;
using FedLowRank.Gateway.Charts;

namespace FedLowRank.Cli.Simulation.Display;

/// <summary>One round in a line.</summary>
internal static class RoundLine
{
    /// <summary>
    /// For example <c>demo: round 3 of 30, accuracy 41.2 %, loss 1.930, epsilon 2.10</c>; perplexity in place of
    /// accuracy where tokens are predicted.
    /// </summary>
    public static string Of(string run, int rounds, RoundResult round)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{run}: round {round.Round} of {rounds}");
        if (round.Quality is { } quality)
        {
            line += quality.Perplexity is { } perplexity
                ? $", perplexity {Figures.Perplexity(perplexity)}"
                : $", accuracy {Figures.Percent(quality.Accuracy ?? double.NaN)}";
            line += $", loss {Figures.Loss(quality.Loss)}";
        }

        if (double.IsFinite(round.EpsilonMax))
        {
            line += $", epsilon {Figures.Epsilon(round.EpsilonMax)}";
        }

        return line;
    }
}
