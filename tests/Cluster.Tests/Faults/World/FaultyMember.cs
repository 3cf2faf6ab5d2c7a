using FedLowRank.Faults.Tests.Server;
using FedLowRank.Federation.Work;
using FedLowRank.Grains;
using FedLowRank.Silo.Commands;

namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>The product's process of a cluster with fault points round what it keeps and does.</summary>
internal static class FaultyMember
{
    /// <summary>First argument of the process.</summary>
    public const string Verb = "member";

    public static Task<int> RunAsync(string[] arguments) =>
        CommandLine.RunAsync(arguments, new(Console.Out, Console.Error) { Parts = Faulty });

    private static GrainParts Faulty(GrainParts parts) => parts with
    {
        Journal = new FaultyJournal(parts.Journal),
        Blobs = new FaultyBlobs(parts.Blobs, "upload"),
        Work = new FaultyWork(new RoundWork(new FaultyBlobs(parts.Blobs, "work"))),
    };
}
