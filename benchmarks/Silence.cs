using FedLowRank.Cli.Simulation;

namespace FedLowRank.Benchmarks;

/// <summary>Says nothing of a simulation's progress.</summary>
internal sealed class Silence : ISimulationProgress
{
    public void Began(string name, int rounds, long examplesExpected)
    {
    }

    public void Processed(int examples)
    {
    }

    public void RoundDone(RoundResult round)
    {
    }
}
