using System.Globalization;
using System.Runtime.InteropServices;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Server;
using FedLowRank.Faults.Tests.Points;

namespace FedLowRank.Faults.Tests.Agents;

/// <summary>The product's agent with fault points round its engine.</summary>
internal static class FaultyAgent
{
    /// <summary>First argument of the process.</summary>
    public const string Verb = "agent";

    /// <summary>Seconds that it waits for a small answer, where a test cannot wait as long as the product.</summary>
    public const string PatienceVariable = "FEDLOWRANK_PATIENCE";

    /// <summary>Printed when the process is asked to end.</summary>
    public const string Heard = "SIGTERM heard";

    // A little more than the server lets pass between two signs of life.
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(18);

    private static PosixSignalRegistration? hearing;

    public static Task<int> RunAsync(string[] arguments) => CommandLine.RunAsync(
        arguments,
        new(Console.In, Console.Out, Console.Error)
        {
            Engines = new OneEngine(new Engine()),
            Timings = Environment.GetEnvironmentVariable(PatienceVariable) is { } seconds
                ? Impatient(double.Parse(seconds, CultureInfo.InvariantCulture))
                : new(),
        });

    private static AgentTimings Impatient(double seconds) =>
        new() { Request = TimeSpan.FromSeconds(seconds), Silence = SilenceMin };

    private sealed class Engine : CpuAgentEngine
    {
        public override Training.LoadedModel Open(string folder, int? threads, WeightFormat format)
        {
            FaultPoint.Reach("open");
            hearing ??= PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Console.Out.WriteLine(Heard));
            var model = base.Open(folder, threads, format);
            return model with { Engine = new FaultyEngine(model.Engine) };
        }
    }
}
