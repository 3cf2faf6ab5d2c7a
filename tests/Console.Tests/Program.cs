using FedLowRank.Faults.Tests.Agents;
using FedLowRank.Faults.Tests.Server;
using Xunit.Runner.InProc.SystemConsole;

namespace FedLowRank.ConsoleTests;

/// <summary>The test runner, and the processes that the tests start and kill.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments) => arguments switch
    {
        [FaultyServer.Verb, .. var rest] => await FaultyServer.RunAsync(rest),
        [FaultyAgent.Verb, .. var rest] => await FaultyAgent.RunAsync(rest),
        _ => await ConsoleRunner.Run(arguments),
    };
}
