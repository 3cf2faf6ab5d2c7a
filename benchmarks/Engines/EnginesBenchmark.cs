using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace FedLowRank.Benchmarks.Engines;

/// <summary>
/// A step of training on both agents, as processes that take turns, so that both see the same machine: time and peak
/// memory. libtorch is no part of this program.
/// </summary>
internal static class EnginesBenchmark
{
    private const int Turns = 3;

    /// <summary>Measures.</summary>
    /// <param name="agent">The agent with the CPU engine.</param>
    /// <param name="torch">The one with Torch; null where its packages are lacking.</param>
    /// <param name="say">Hears of each case.</param>
    public static object Run(string? agent, string? torch, Action<string> say)
    {
        if (agent is null) throw new InvalidOperationException("the agent is not built (no --agent PATH)");
        if (torch is null) say("the CPU engine alone: the Torch agent is not built (no --torch PATH)");
        var figures = new List<EngineFigures>();
        foreach (var which in EngineCase.All)
        {
            var (ours, theirs) = (new List<(double, double)>(), new List<(double, double)>());
            for (var turn = 0; turn < Turns; turn++)
            {
                ours.Add(Measure(agent, which));
                if (torch is not null) theirs.Add(Measure(torch, which));
            }

            var row = new EngineFigures
            {
                Model = which.Name,
                Batch = which.Batch,
                CpuStepSeconds = Median(ours, each => each.Item1)!.Value,
                CpuPeakMib = Median(ours, each => each.Item2)!.Value,
                TorchStepSeconds = Median(theirs, each => each.Item1),
                TorchPeakMib = Median(theirs, each => each.Item2),
            };
            figures.Add(row);
            say(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Model}, {row.Batch} x 128: CPU engine {row.CpuStepSeconds:f3} s, {row.CpuPeakMib:f0} MiB, "
                + $"Torch {row.TorchStepSeconds:f3} s, {row.TorchPeakMib:f0} MiB; "
                + $"Torch over CPU engine: time {row.StepRatio:f2}, memory {row.PeakRatio:f2}"));
        }

        return figures;
    }

    private static double? Median(List<(double, double)> turns, Func<(double, double), double> value) =>
        turns.Count == 0 ? null : turns.Select(value).Order().ElementAt(turns.Count / 2);

    /// <returns>Seconds of a step, and MiB of the process at its peak.</returns>
    private static (double Seconds, double Mib) Measure(string program, EngineCase which)
    {
        string[] arguments =
        [
            program, "bench", .. which.Model, "--batch", which.Batch.ToString(CultureInfo.InvariantCulture),
            "--tokens", "128", "--rank", "8", "--steps", "3", "--json",
        ];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
        var figures = JsonDocument.Parse(output).RootElement;
        return (
            figures.GetProperty("step_seconds").GetDouble(),
            figures.GetProperty("process_peak_bytes").GetInt64() / (double)(1 << 20));
    }
}
