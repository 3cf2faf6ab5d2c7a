using System.Globalization;

namespace FedLowRank.Benchmarks.Service;

/// <summary>What a process takes of the machine, by Linux' account of it (proc(5)).</summary>
internal sealed class ProcessFigures(int process)
{
    private const double TicksPerSecond = 100;
    private const string RcharName = "rchar:";

    /// <summary>The load average of the last minute: whether the machine was quiet.</summary>
    public static string Load => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    /// <summary>Resident memory now, in KiB.</summary>
    public double ResidentKib => Status("VmRSS:");

    /// <summary>Most resident memory since <see cref="ForgetPeak"/>, in KiB.</summary>
    public double PeakKib => Status("VmHWM:");

    /// <summary>Processor time so far, in seconds.</summary>
    public double ProcessorSeconds
    {
        get
        {
            // User and system time are the 14th and 15th field; the second, in brackets, may hold blanks.
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
        }
    }

    /// <summary>Bytes read so far from files; what comes through sockets is not counted.</summary>
    public long BytesRead => long.Parse(
        File.ReadLines($"/proc/{process}/io").First(line => line.StartsWith(RcharName, StringComparison.Ordinal))
            [RcharName.Length..], CultureInfo.InvariantCulture);

    /// <summary>Begins to look for the peak anew.</summary>
    public void ForgetPeak() => File.WriteAllText($"/proc/{process}/clear_refs", "5");

    private double Status(string name) => Number(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(name, StringComparison.Ordinal))
            [name.Length..].Replace("kB", "", StringComparison.Ordinal));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
