using FedLowRank.Grains;
using FedLowRank.Privacy;
using FedLowRank.Training;

namespace FedLowRank.Silo.Commands;

/// <summary>What the commands need of the world.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">The log, and errors.</param>
internal sealed record CommandHost(TextWriter Output, TextWriter Error)
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Of keys, tokens and seeds.</summary>
    public IRandomSource Random { get; init; } = new CryptographicRandomSource();

    /// <summary>What a process is built on, in place of what its storage holds; tests put faults round it.</summary>
    public Func<GrainParts, GrainParts> Parts { get; init; } = parts => parts;
}
