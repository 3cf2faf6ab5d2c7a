namespace FedLowRank.Cli.Commands;

/// <summary>The figures of <c>demo --json</c>: accuracies on the test split, and what the private arm cost.</summary>
internal sealed record DemoFigures
{
    public required double Majority { get; init; }

    public required double Untrained { get; init; }

    public required double Federated { get; init; }

    public required double FederatedPrivate { get; init; }

    public required double Centralised { get; init; }

    public required double EpsilonMax { get; init; }

    public required double Delta { get; init; }

    public required double Seconds { get; init; }
}
