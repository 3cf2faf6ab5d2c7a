namespace FedLowRank.Cli.Simulation;

/// <summary>Is told how far a simulation is. Called from the thread that simulates.</summary>
public interface ISimulationProgress
{
    /// <summary>A run begins.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="rounds">Number of rounds.</param>
    /// <param name="examplesExpected">Examples that will be trained on and tested on; batches are random, so
    /// about.</param>
    void Began(string name, int rounds, long examplesExpected);

    /// <summary>Some examples were trained or tested on.</summary>
    void Processed(int examples);

    /// <summary>A round is over.</summary>
    void RoundDone(RoundResult round);
}
