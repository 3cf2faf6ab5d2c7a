using System.Diagnostics;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Reports;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Cli.Simulation.Display;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Cli.Demo;

/// <summary>
/// <c>demo --compare</c>: the sample model fine-tuned on the sample data three ways, from the configurations beside the
/// data. Model and data are loaded once.
/// </summary>
internal static class CompareDemo
{
    private const string Title = "What is a Debian package about?";

    /// <summary>Runs it, in one process.</summary>
    /// <param name="host">The world.</param>
    /// <param name="output">Folder for the results.</param>
    /// <param name="samples">Folder with the sample model and data.</param>
    /// <param name="asJson">End with the figures as one line of JSON.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public static void Run(
        CommandHost host, string output, string samples, bool asJson, CancellationToken cancellation)
    {
        var began = host.Time.GetTimestamp();
        var results = ResultFiles.RequireWritable(output);
        var folder = Path.Combine(samples, "debian-topics");
        var plainConfig = SimulationConfigFile.Read(Path.Combine(folder, "federated.json"));
        var privateConfig = SimulationConfigFile.Read(Path.Combine(folder, "federated-private.json"));
        var centralConfig = SimulationConfigFile.Read(Path.Combine(folder, "centralised.json"));
        if (plainConfig.Task != TaskKind.Classification)
        {
            var fault = new ConfigError("task", "is nextToken; the demo is of a classification");
            throw new ConfigException(plainConfig.Source, [fault]);
        }

        SimulationConfig[] all = [plainConfig, privateConfig, centralConfig];
        if (all.FirstOrDefault(config => config.BaseFormat != WeightFormat.Full) is { } quantized)
        {
            throw new ConfigException(quantized.Source, [new ConfigError("baseFormat", "is not full, as in the demo")]);
        }

        foreach (var other in all[1..])
        {
            RequireSameTask(plainConfig, other);
        }

        using var model = host.OpenModel(plainConfig.ModelFolder, WeightFormat.Full);
        var data = SimulationData.Load(plainConfig.Data, model.Tokenizer);
        var simulator = new Simulator(model, host.Random, host.Time);
        var (federated, federatedPrivate, centralised) = ProgressDisplay.Run(
            CommandHost.ConsoleOn(host.Error),
            host.Time,
            progress =>
            {
                return (RunArm(plainConfig), RunArm(privateConfig), RunArm(centralConfig));

                SimulationResult RunArm(SimulationConfig config) => simulator.Run(config, data, progress, cancellation);
            });

        cancellation.ThrowIfCancellationRequested();
        var report = ResultFiles.Write(results, Title, [federated, federatedPrivate, centralised]);
        QualityTable.Write(CommandHost.ConsoleOn(host.Output), plainConfig.Task, data,
        [
            new QualityRow("untrained", federated.Untrained),
            QualityRow.Of(federated),
            QualityRow.Of(federatedPrivate),
            QualityRow.Of(centralised),
        ]);
        WriteNotes(host.Output, report, folder, federatedPrivate);
        if (asJson)
        {
            var seconds = host.Time.GetElapsedTime(began).TotalSeconds;
            host.Output.WriteLine(JsonSerializer.Serialize(
                Figures(data, federated, federatedPrivate, centralised, seconds), FiguresContext.Default.DemoFigures));
        }
    }

    /// <summary>The arms share model and data, and their figures are compared.</summary>
    private static void RequireSameTask(SimulationConfig first, SimulationConfig other)
    {
        if (other.ModelFolder != first.ModelFolder || other.Data != first.Data)
        {
            var fault = new ConfigError("data", $"or model differs from {first.Source}; the demo needs the same");
            throw new ConfigException(other.Source, [fault]);
        }
    }

    private static void WriteNotes(TextWriter writer, string report, string samples, SimulationResult privateRun)
    {
        var delta = Gateway.Charts.Figures.Small(privateRun.Delta);
        writer.WriteLine($"Each of {privateRun.Agents.Length} organisations keeps its texts and adds its own noise.");
        writer.WriteLine($"Epsilon is for each text, at delta {delta}, against everybody who sees the updates.");
        writer.WriteLine("The texts of the demo are public, and the base model has seen them: it shows the method.");
        writer.WriteLine();
        writer.WriteLine($"Report: {report}");
        writer.WriteLine("Next: copy this configuration beside itself, change its epsilon, method, rank or clients,");
        writer.WriteLine("and run the copy with ./fed simulate:");
        writer.WriteLine($"  {Path.Combine(samples, "federated-private.json")}");
    }

    private static DemoFigures Figures(
        SimulationData data,
        SimulationResult federated,
        SimulationResult federatedPrivate,
        SimulationResult centralised,
        double seconds) => new()
        {
            Majority = data.MajorityAccuracy,
            Untrained = AccuracyOf(federated.Untrained),
            Federated = AccuracyOf(federated.Final),
            FederatedPrivate = AccuracyOf(federatedPrivate.Final),
            Centralised = AccuracyOf(centralised.Final),
            EpsilonMax = QualityRow.EpsilonMaxOf(federatedPrivate),
            Delta = federatedPrivate.Delta,
            Seconds = seconds,
        };

    private static double AccuracyOf(TestQuality quality) =>
        quality.Accuracy ?? throw new UnreachableException("the demo is of a classification");
}
