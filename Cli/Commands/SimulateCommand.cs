using System.CommandLine;
using System.Text.Json;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Cli.Reports;
using FedLowRank.Cli.Simulation;
using FedLowRank.Cli.Simulation.Configuration;
using FedLowRank.Cli.Simulation.Display;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Cli.Commands;

/// <summary><c>simulate</c>: one federation from a configuration.</summary>
internal static class SimulateCommand
{
    public static Command Create(CommandHost host)
    {
        var config = new Argument<string>("config") { Description = "The configuration, a JSON file." };
        var output = new Option<string?>("--output")
        {
            Description = "Folder for the results, instead of the configuration's.",
            HelpName = "folder",
        };
        var json = new Option<bool>("--json") { Description = "End with the figures as one line of JSON." };
        var command = new Command("simulate", "Simulate a federation in one process.") { config, output, json };
        command.SetAction((parsed, cancellation) => CommandRunner.RunAsync(
            host,
            token => Run(host, parsed.GetRequiredValue(config), parsed.GetValue(output), parsed.GetValue(json), token),
            cancellation));
        return command;
    }

    private static void Run(
        CommandHost host, string configPath, string? output, bool asJson, CancellationToken cancellation)
    {
        var config = SimulationConfigFile.Read(configPath);
        var folder = ResultFiles.RequireWritable(output ?? config.OutputFolder);
        using var model = host.OpenModel(config.ModelFolder, WeightFormat.Full);
        using var quantized = config.BaseFormat == WeightFormat.Full
            ? null
            : host.OpenModel(config.ModelFolder, config.BaseFormat);
        var data = SimulationData.Load(config.Data, model.Tokenizer);
        var simulator = quantized is null
            ? new Simulator(model, host.Random, host.Time)
            : new Simulator(quantized, host.Random, host.Time, model);
        var result = ProgressDisplay.Run(
            CommandHost.ConsoleOn(host.Error),
            host.Time,
            progress => simulator.Run(config, data, progress, cancellation));

        cancellation.ThrowIfCancellationRequested();
        var adapter = AdapterFiles.TryRender(result.Adapter, new PeftExportOptions
        {
            BaseModel = config.ModelFolder,
            TaskType = config.Task == TaskKind.NextToken ? "CAUSAL_LM" : "SEQ_CLS",
            FanInFanOut = model.HasTransposedWeights,
        });
        var report = ResultFiles.Write(folder, config.Name, [result], adapter);
        QualityTable.Write(
            CommandHost.ConsoleOn(host.Output),
            config.Task,
            data,
            [new QualityRow("untrained", result.Untrained), QualityRow.Of(result)]);
        host.Output.WriteLine($"Report: {report}");
        if (adapter is null)
        {
            host.Error.WriteLine("The adapter is not written: it holds values that are not finite.");
        }
        else
        {
            host.Output.WriteLine($"Adapter for PEFT: {Path.Combine(folder, ResultFiles.AdapterFolder)}");
            if (quantized is not null)
            {
                host.Output.WriteLine(
                    $"It belongs to the base model with {ConfigObject.InJson(config.BaseFormat)} weights.");
            }
        }

        if (asJson)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(
                SimulateFigures.Of(result, report), FiguresContext.Default.SimulateFigures));
        }
    }
}
