namespace FedLowRank.Faults.Tests.Server;

/// <summary>Says whether the server's disk is to be full: while a file is there.</summary>
internal static class FullDisk
{
    public const string Variable = "FEDLOWRANK_DISK_FULL";

    private static readonly string? Sign = Environment.GetEnvironmentVariable(Variable);

    public static bool IsFull => Sign is not null && File.Exists(Sign);
}
