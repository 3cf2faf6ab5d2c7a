using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Serving;
using FedLowRank.Federation.Work;

namespace FedLowRank.Faults.Tests.Server;

/// <summary>The product's server with fault points round what it keeps and does, and a clock that can jump.</summary>
internal static class FaultyServer
{
    /// <summary>First argument of the process.</summary>
    public const string Verb = "server";

    public static Task<int> RunAsync(string[] arguments) => CommandLine.RunAsync(
        arguments,
        new(Console.Out, Console.Error)
        {
            Time = new FileClock(Environment.GetEnvironmentVariable(FileClock.Variable)!),
            ServerParts = Faulty,
        });

    private static ServerParts Faulty(ServerParts parts) => new(
        new FaultyJournal(parts.Journal),
        new FaultyBlobs(parts.Blobs, "upload"),
        new FaultyWork(new RoundWork(new FaultyBlobs(parts.Blobs, "work"))));
}
