using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Bench;

namespace FedLowRank.ClientAgent.Commands;

/// <summary><c>bench</c>: how long a step takes here, and how much memory.</summary>
internal static class BenchCommand
{
    private static readonly (string Name, WeightFormat Format)[] Formats =
        [("full", WeightFormat.Full), ("eightBit", WeightFormat.EightBit), ("fourBit", WeightFormat.FourBit)];

    public static Command Create(AgentHost host)
    {
        var model = new Option<string?>("--model") { Description = "A base model's folder.", HelpName = "folder" };
        var shape = new Option<string?>("--shape")
        {
            Description = $"Instead, random weights of a shape: {string.Join(", ", ModelShapes.Names)}, "
                + "or the path of a config.json.",
            HelpName = "shape",
        };
        var rank = Number("--rank", "Of every low-rank pair.", whenAbsent: 8, min: 1, max: 1024);
        var batch = Number("--batch", "Examples in a step.", whenAbsent: 32, min: 1, max: 1 << 16);
        var tokens = Number("--tokens", "Tokens of each example.", whenAbsent: 128, min: 2, max: 1 << 20);
        var steps = Number("--steps", "Steps whose median counts.", whenAbsent: 5, min: 1, max: 10_000);
        var threads = Number(
            "--threads", "Threads on the processor; else one for each core.", Environment.ProcessorCount, 1, 1024);
        var targets = new Option<string[]>("--targets")
        {
            Description = "Names of the layers with a pair; else the usual ones: query and value.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "names",
        };
        var weights = new Option<string>("--weights")
        {
            Description = "How the frozen weights are held.",
            DefaultValueFactory = _ => "full",
        };
        weights.AcceptOnlyFromAmong([.. Formats.Select(format => format.Name)]);
        var json = CommandLine.JsonOption();
        var command = new Command("bench", "Measure steps of training on this machine, to size it.")
        {
            model, shape, rank, batch, tokens, steps, threads, targets, weights, json,
        };
        foreach (var option in host.Engines.Options) command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(model) is null == result.GetValue(shape) is null)
                result.AddError("bench needs either --model or --shape");
        });
        command.SetAction((parsed, cancellation) => CommandRunner.RunAsync(
            host,
            async token =>
            {
                var order = new BenchOrder
                {
                    Model = parsed.GetValue(model),
                    Shape = parsed.GetValue(shape),
                    Targets = parsed.GetValue(targets) ?? [],
                    Size = new(parsed.GetValue(rank), parsed.GetValue(batch), parsed.GetValue(tokens)),
                    Steps = parsed.GetValue(steps),
                    Format = Formats.First(format => format.Name == parsed.GetValue(weights)).Format,
                    Threads = parsed.GetValue(threads),
                };
                var figures = StepBench.Run(
                    host.Engines.Choose(parsed, host.Variable), order, host.Time, token);
                await SayAsync(host.Output, figures, parsed.GetValue(json));
                return ExitCode.Done;
            },
            cancellation));
        return command;
    }

    /// <summary>As options and figures call it.</summary>
    public static string NameOf(WeightFormat format) => Formats.First(each => each.Format == format).Name;

    private static async Task SayAsync(TextWriter output, BenchFigures figures, bool asJson)
    {
        if (asJson)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(figures, CommandJson.Default.BenchFigures));
            return;
        }

        var device = figures.DevicePeakBytes is { } bytes
            ? FormattableString.Invariant($"{bytes >> 20} MiB")
            : "that of the process";
        foreach (var line in (string[])
            [
                $"device       {figures.Device}",
                $"model        {figures.Model}, weights {figures.Weights}",
                $"step         {figures.Batch} examples of {figures.Tokens} tokens, rank {figures.Rank}, "
                + $"{figures.Trained} values trained",
                FormattableString.Invariant($"step time    {figures.StepSeconds:0.0000} s"),
                FormattableString.Invariant($"speed        {figures.TokensPerSecond:0} tokens/s"),
                $"peak memory  {figures.ProcessPeakBytes >> 20} MiB of the process, of the device {device}",
            ])
            await output.WriteLineAsync(line);
    }

    private static Option<int> Number(string name, string description, int whenAbsent, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => whenAbsent };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }]
                && (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                    || value < min || value > max))
                result.AddError(FormattableString.Invariant($"{name} is {text}; expected {min} to {max}"));
        });
        return option;
    }
}
