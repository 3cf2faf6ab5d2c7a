using FedLowRank.Cluster.Tests.Faults.World;
using FedLowRank.Faults.Tests.Agents;
using Xunit.Runner.InProc.SystemConsole;

namespace FedLowRank.Cluster.Tests;

/// <summary>The test runner, and the processes that the tests start and kill.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments) => arguments switch
    {
        [FaultyMember.Verb, .. var rest] => await FaultyMember.RunAsync(rest),
        [FaultyAgent.Verb, .. var rest] => await FaultyAgent.RunAsync(rest),
        _ => await ConsoleRunner.Run(arguments),
    };
}
