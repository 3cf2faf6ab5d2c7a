using System.Diagnostics;
using System.Globalization;

namespace FedLowRank.Benchmarks;

/// <summary>
/// The CPU engine against the machine and against PyTorch, all in turn in one run: matrix products and a whole DP-SGD
/// step (clipping and noise included) as fractions of the peak that a probe reaches, and the step's rate over that of
/// PyTorch's step without privacy, with privacy as Opacus does it, and with B as a leaf for each example.
/// </summary>
internal static class TrainingBenchmark
{
    private const string MemoryOnly = "training-memory";
    private static readonly string[] Modes = ["plain", "hooks", "leaf", "forward"];

    public static object Run(Action<string> say) => TrainingCase.All.Select(c => Measure(c, say)).ToArray();

    /// <summary>Prints the peak memory of a few steps; a process of its own, as a peak never falls.</summary>
    public static bool TryRunMemory(string[] arguments)
    {
        if (arguments is not [MemoryOnly, var index])
        {
            return false;
        }

        var which = TrainingCase.All[int.Parse(index, CultureInfo.InvariantCulture)];
        using var work = new TrainingWork(which.Config, which.Lengths);
        work.Step();
        work.Step();
        using var self = Process.GetCurrentProcess();
        Console.WriteLine((self.PeakWorkingSet64 / (double)(1 << 20)).ToString(CultureInfo.InvariantCulture));
        return true;
    }

    private static TrainingFigures Measure(TrainingCase which, Action<string> say)
    {
        using var work = new TrainingWork(which.Config, which.Lengths);
        using var product = new ProductWork(which.Config);
        var threads = Environment.ProcessorCount;
        var peers = Modes.Select(m => Peer.TryStart(which.Config, m, which.Lengths)).ToArray();
        Action[] works =
        [
            () => PeakProbe.Run(threads), () => PeakProbe.Run(1), product.Run, work.Evaluate, work.Step,
            .. peers.OfType<Peer>().Select(p => (Action)p.Run),
        ];
        var rates = Rates.PerSecond(which.Rounds, works);
        double? Ratio(int own, int mode) => peers[mode] == null ? null : rates[own] / rates[5 + mode];
        var (peak, peakOfOne) = (rates[0] * PeakProbe.Operations(threads), rates[1] * PeakProbe.Operations(1));
        var figures = new TrainingFigures
        {
            Model = which.Name,
            Length = which.Length,
            StepVsTorchNonprivate = Ratio(4, 0),
            StepVsTorchOpacus = Ratio(4, 1),
            StepVsTorchLeaf = Ratio(4, 2),
            EvaluationVsTorch = Ratio(3, 3),
            MemoryVsTorchOpacus = peers[1] == null ? null : Memory(which) / PeerMemory(which),
            GemmPeakFraction = rates[2] * product.Operations / peakOfOne,
            StepPeakFraction = rates[4] * which.StepOperations / peak,
            StepExamplesPerSecond = rates[4] * which.Lengths.Count,
            EvaluationExamplesPerSecond = rates[3] * which.Lengths.Count,
            PeakGflops = peak / 1e9,
            Kernel = work.Engine.KernelName,
        };
        foreach (var line in figures.Lines(Modes.Zip(peers, (m, p) => $"{m} {p?.Settings ?? "not installed"}")))
        {
            say(line);
        }

        foreach (var peer in peers)
        {
            peer?.Dispose();
        }

        return figures;
    }

    private static double Memory(TrainingCase which)
    {
        var index = TrainingCase.All.ToList().IndexOf(which).ToString(CultureInfo.InvariantCulture);
        var info = new ProcessStartInfo("dotnet", [typeof(TrainingBenchmark).Assembly.Location, MemoryOnly, index])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(info)!;
        return double.Parse(process.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }

    private static double PeerMemory(TrainingCase which)
    {
        using var peer = Peer.TryStart(which.Config, "hooks-memory", which.Lengths)!;
        return peer.PeakMemoryMib();
    }
}
