using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Aggregation.Tests.Refresh;

/// <summary>
/// Goal: whatever reaches a content hash has the same bits on every processor. Method: one hash over the outputs on
/// seeded inputs, pinned here, computed in this process and again in child processes whose vector units are switched
/// off.
/// </summary>
public sealed class PortableBitsTests
{
    /// <summary>Set for a child process to the instruction sets that must be off there.</summary>
    private const string OffVariable = "FEDLOWRANK_TEST_EXPECT_OFF";

    private const string Golden = "621ee777cfd4456a6d9658d2dfe501b136290a1140faaad8c6a147c864f3025f";

    [Fact]
    public void Outputs_have_the_pinned_bits()
    {
        var off = Environment.GetEnvironmentVariable(OffVariable) ?? "";
        Assert.False(off.Contains("avx512", StringComparison.Ordinal)
            && (Avx512F.IsSupported || Vector512.IsHardwareAccelerated));
        Assert.False(off.Contains("avx2", StringComparison.Ordinal)
            && (Avx2.IsSupported || Fma.IsSupported || Vector256.IsHardwareAccelerated));
        var hash = HashOfOutputs();
        Assert.True(hash == Golden, $"the hash is {hash}");
    }

    [Theory]
    [InlineData("avx512", "EnableAVX512")]
    [InlineData("avx512,avx2", "EnableAVX2")]
    [InlineData("avx512,avx2", "EnableHWIntrinsic")]
    public void Outputs_have_the_pinned_bits_without_vector_units(string off, string knob)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(PortableBitsTests).Assembly.Location);
        }

        start.ArgumentList.Add("-method");
        start.ArgumentList.Add($"{typeof(PortableBitsTests).FullName}.{nameof(Outputs_have_the_pinned_bits)}");
        start.Environment[OffVariable] = off;
        start.Environment["DOTNET_" + knob] = "0";
        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0 && output.Contains("Total: 1,", StringComparison.Ordinal), output);
    }

    private static string HashOfOutputs()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Append(ReadOnlySpan<double> values) => hash.AppendData(MemoryMarshal.AsBytes(values));

        foreach (var (start, rank) in new[] { (FactorStart.Kaiming, 5), (FactorStart.Orthonormal, 16) })
        {
            var shape = new LoraShape("layer", 67, 51, rank, 16);
            var layer = AdapterStart.Layer(shape, start, 70).With(newB: Samples.Normal(51, rank, 71).Values);
            var refreshed = FactorRefresh.ForBRound(layer).Factors;
            Append(refreshed.A);
            Append(refreshed.B);
            Append(AdapterSpectrum.SingularValues(layer));
            var svd = ThinSvd.Of(layer.B());
            Append(svd.U.Values);
            Append(svd.V.Values);
        }

        var grid = UpdateGrid.ForBound(new TensorLayout([new TensorSpec("t", 30, 7)]), 3.7);
        var sum = new ExactSum(grid);
        for (var agent = 0; agent < 5; agent++)
        {
            var update = Samples.Normal(30, 7, 80 + (ulong)agent).Values.Select(v => (float)v).ToArray();
            GridRounding.Round(update, grid, update);
            Assert.True(sum.TryAdd(update, 1 + (agent * 99_991), out _));
        }

        Append(sum.Mean());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
