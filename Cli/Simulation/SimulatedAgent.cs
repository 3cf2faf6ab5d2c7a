using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;

namespace FedLowRank.Cli.Simulation;

/// <summary>One agent: its examples, what its owner declared, and what it has spent.</summary>
internal sealed class SimulatedAgent(string name, TokenizedExample[] examples, int nominalExamples)
{
    private readonly List<MechanismEvent> spent = [];

    public string Name { get; } = name;

    public ReadOnlyMemory<TokenizedExample> Examples { get; } = examples;

    /// <summary>The n that the owner declared; sampling rate, batch and weight derive from it.</summary>
    public int NominalExamples { get; } = nominalExamples;

    /// <summary>Expected examples in a step.</summary>
    public required int Batch { get; init; }

    /// <summary>Highest rank that it trains.</summary>
    public required int Rank { get; init; }

    /// <summary>Weight in the sum.</summary>
    public required int Weight { get; init; }

    /// <summary>The constants of its DP-SGD, or null where the run is not private.</summary>
    public required AgentPrivacy? Privacy { get; init; }

    /// <summary>Rounds it has taken part in.</summary>
    public int Rounds { get; set; }

    /// <summary>Everything that was done to its data; steps of one kind are one event.</summary>
    public IReadOnlyList<MechanismEvent> Spent => spent;

    /// <summary>Adds what a round has done.</summary>
    public void Spend(IEnumerable<MechanismEvent> events)
    {
        foreach (var e in events)
        {
            var same = spent.FindIndex(s => s.Rate.Equals(e.Rate) && s.Sigma.Equals(e.Sigma));
            if (same < 0)
            {
                spent.Add(e);
            }
            else
            {
                spent[same] = new MechanismEvent(e.Rate, e.Sigma, spent[same].Steps + e.Steps);
            }
        }
    }
}

/// <summary>The constants of one agent's DP-SGD.</summary>
/// <param name="StepsMax">Most noised sums over its data: a start that looks at them, and all its rounds.</param>
/// <param name="Noise">Sigma, calibrated for so many steps.</param>
internal sealed record AgentPrivacy(long StepsMax, NoiseMultiplier Noise);
