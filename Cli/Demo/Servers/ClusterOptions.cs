namespace FedLowRank.Cli.Demo.Servers;

/// <summary>The cluster of a demo.</summary>
/// <param name="Silos">How many, from 1 to <see cref="SilosMax"/>.</param>
/// <param name="Program">The cluster's program.</param>
/// <param name="Database">
/// Connection string of a PostgreSQL server that may make databases; null to start one.
/// </param>
internal sealed record ClusterOptions(int Silos, string Program, string? Database)
{
    /// <summary>More would only wait for each other on one machine.</summary>
    public const int SilosMax = 9;
}
