using System.Diagnostics;
using System.Globalization;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Benchmarks.Quantization;

/// <summary>
/// A quantised base against the full one on the CPU engine, in turn in one run: the rate of a DP-SGD step and of an
/// evaluation, and the memory of a process that has taken two steps.
/// </summary>
internal static class FormatCosts
{
    private const string MemoryOnly = "quantization-memory";

    private static readonly WeightFormat[] Formats = Enum.GetValues<WeightFormat>();

    public static object Run(Action<string> say)
    {
        say("| model | base | linear layers, MiB | resident, MiB | of full | step of full | evaluation of full |");
        say("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
        return TrainingCase.All.SelectMany(which => Measure(which, say)).ToList();
    }

    /// <summary>Prints the resident memory after a few steps, of a process of its own.</summary>
    public static bool TryRunMemory(string[] arguments)
    {
        if (arguments is not [MemoryOnly, var index, var format])
        {
            return false;
        }

        var which = TrainingCase.All[int.Parse(index, CultureInfo.InvariantCulture)];
        using var work = new TrainingWork(which.Config, which.Lengths, Enum.Parse<WeightFormat>(format));
        work.Step();
        work.Step();
        // What the reader of the files has left behind is no part of the model.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var self = Process.GetCurrentProcess();
        Console.WriteLine((self.WorkingSet64 / (double)(1 << 20)).ToString(CultureInfo.InvariantCulture));
        return true;
    }

    private static List<object> Measure(TrainingCase which, Action<string> say)
    {
        var works = Formats.Select(format => new TrainingWork(which.Config, which.Lengths, format)).ToList();
        var rates = Rates.PerSecond(
            which.Rounds, [.. works.Select(w => (Action)w.Step), .. works.Select(w => (Action)w.Evaluate)]);
        works.ForEach(w => w.Dispose());
        var memory = Formats.Select(format => Memory(which, format)).ToList();
        var rows = new List<object>();
        for (var i = 0; i < Formats.Length; i++)
        {
            var (step, evaluation) = (rates[i] / rates[0], rates[Formats.Length + i] / rates[Formats.Length]);
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"| {which.Name} | {ConfigObject.InJson(Formats[i])} | {LinearMib(which, Formats[i]):f1} | " +
                $"{memory[i]:f0} | {memory[i] / memory[0]:f2} | {step:f2} | {evaluation:f2} |"));
            rows.Add(new
            {
                Model = which.Name,
                Format = ConfigObject.InJson(Formats[i]),
                ResidentMib = memory[i],
                StepRatio = step,
                EvaluationRatio = evaluation,
            });
        }

        return rows;
    }

    /// <summary>The linear layers: twice in F32, packed for both directions, or codes and scales.</summary>
    private static double LinearMib(TrainingCase which, WeightFormat format)
    {
        var weights = which.Config.Modules.Sum(m => (double)m.InputWidth * m.OutputWidth);
        var scales = which.Config.Modules.Sum(m => m.OutputWidth * Math.Ceiling(m.InputWidth / 64.0));
        var bytes = format switch
        {
            WeightFormat.Full => 8 * weights,
            WeightFormat.EightBit => weights + (4 * scales),
            _ => (weights / 2) + (4 * scales),
        };
        return bytes / (1 << 20);
    }

    private static double Memory(TrainingCase which, WeightFormat format)
    {
        var index = TrainingCase.All.ToList().IndexOf(which).ToString(CultureInfo.InvariantCulture);
        var info = new ProcessStartInfo(
            "dotnet", [typeof(FormatCosts).Assembly.Location, MemoryOnly, index, format.ToString()])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(info)!;
        return double.Parse(process.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }
}
