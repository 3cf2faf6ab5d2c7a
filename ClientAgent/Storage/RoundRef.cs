using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>One attempt at one round of one run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Round">The attempt.</param>
internal sealed record RoundRef(RunId Run, RoundId Round)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Run} {Round}";

    /// <summary>Reads an attempt as the server writes it, number.attempt; null for anything else.</summary>
    public static RoundId? ParseRound(string? text)
    {
        var parts = text?.Split('.') ?? [];
        return parts.Length == 2 && TryParse(parts[0], out var number) && TryParse(parts[1], out var attempt)
            ? new RoundId(number, attempt)
            : null;

        static bool TryParse(string part, out int value) =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;
    }
}
