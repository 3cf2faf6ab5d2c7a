using System.Diagnostics;

namespace FedLowRank.Engines.Tests.Devices;

/// <summary>A program of the product, run to its end.</summary>
internal static class Program
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The Torch agent.</summary>
    public static string TorchAgent => Path.Combine(AppContext.BaseDirectory, "fedlowrank-agent-torch.dll");

    /// <summary>The plain agent.</summary>
    public static string Agent => Path.Combine(AppContext.BaseDirectory, "fedlowrank-agent.dll");

    /// <returns>Its exit code, and all that it printed.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output + await error);
    }
}
