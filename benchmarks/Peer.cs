using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using FedLowRank.Tests;
using FedLowRank.Training.Models;

namespace FedLowRank.Benchmarks;

/// <summary>
/// The same step in PyTorch, in a process of its own that answers line by line (<c>peer.py</c>). It is told the core
/// type of its OpenBLAS, which does not know newer processors, and to wait without spinning.
/// </summary>
internal sealed class Peer : IDisposable
{
    private readonly Process process;

    private Peer(Process process, string ready)
    {
        this.process = process;
        Settings = ready;
    }

    /// <summary>Threads and micro-batch that the peer found fastest.</summary>
    public string Settings { get; }

    /// <summary>Starts a peer; null where there is no Python with PyTorch.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="mode">One of <c>peer.py</c>'s modes.</param>
    /// <param name="lengths">Tokens of each example of the batch.</param>
    public static Peer? TryStart(ModelConfig config, string mode, IEnumerable<int> lengths)
    {
        var decoder = config as DecoderConfig;
        var sizes = new[]
        {
            config.LayerCount, config.HiddenSize, config.HeadCount, decoder?.KeyValueHeadCount ?? config.HeadCount,
            decoder?.HeadSize ?? config.HiddenSize / config.HeadCount, config.FeedForwardSize, config.VocabularySize,
        };
        var info = new ProcessStartInfo("/usr/bin/python3")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        info.ArgumentList.Add(RepositoryFiles.Path("benchmarks", "peer.py"));
        info.ArgumentList.Add(decoder == null ? "encoder" : "decoder");
        foreach (var argument in sizes.Select(Text).Append(mode).Concat(lengths.Select(Text)))
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment.Remove("OPENBLAS_L2_SIZE");
        info.Environment["OPENBLAS_CORETYPE"] = Avx512F.IsSupported ? "Cooperlake" : "Haswell";
        info.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        if (!File.Exists(info.FileName))
        {
            return null;
        }

        var started = Process.Start(info)!;
        var ready = started.StandardOutput.ReadLine();
        return ready == null ? null : new Peer(started, ready["ready ".Length..]);
    }

    /// <summary>One step.</summary>
    public void Run() => Ask("run 1");

    /// <summary>Most memory that the peer held so far, in MiB.</summary>
    public double PeakMemoryMib() => double.Parse(Ask("memory"), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string Ask(string command)
    {
        process.StandardInput.WriteLine(command);
        return process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the peer died");
    }
}
