using System.Diagnostics;
using System.Text;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Aggregation.Tests.Safetensors;

namespace FedLowRank.Aggregation.Tests.Peft;

/// <summary>
/// Goal: no file, however broken, crashes, hangs or takes memory out of proportion to its size. Method: seeded
/// mutations of good files through header, streamed read and PEFT import.
/// </summary>
public class FuzzTests
{
    private const int Count = 20_000;
    private const int SoakCount = 400_000;

    // Doubles from F16 take four bytes for one, and an entry of a header a few objects; the rest is fixed buffers.
    private const long AllocatedBytesPerByte = 100;
    private const long AllocatedBytesFixed = 1_000_000;

    [Fact]
    public Task Mutated_files_give_values_or_typed_errors_and_nothing_else() => Fuzz(firstSeed: 0, Count);

    /// <summary>Other files than those of the short run.</summary>
    [Fact(Explicit = true)]
    public Task Very_many_mutated_files_give_values_or_typed_errors_and_nothing_else() => Fuzz(Count, SoakCount);

    private static async Task Fuzz(int firstSeed, int count)
    {
        var samples = new[] { SafetensorsDType.F32, SafetensorsDType.F16, SafetensorsDType.BF16 }
            .Select(Sample).ToArray();
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var (slowest, mostBytes) = (TimeSpan.Zero, 0L);
        for (var seed = firstSeed; seed < firstSeed + count; seed++)
        {
            var mutator = new FileMutator(seed);
            var (config, file) = samples[seed % samples.Length];
            (config, file) = seed % 4 == 0 ? (mutator.MutateJson(config), file) : (config, mutator.MutateFile(file));

            var before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            string[] results =
                [await Attempt(seed, () => Stream(file)), await Attempt(seed, () => Import(config, file))];
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            mostBytes = Math.Max(mostBytes, bytes);

            Assert.True(
                bytes <= AllocatedBytesFixed + (AllocatedBytesPerByte * (file.Length + config.Length)),
                $"seed {seed}: {bytes} bytes allocated for a file of {file.Length}");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"seed {seed}: {clock.Elapsed}");
            foreach (var result in results)
            {
                outcomes[result] = outcomes.GetValueOrDefault(result) + 1;
            }
        }

        Console.WriteLine(
            $"fuzz: {count} mutated files, slowest {slowest.TotalMilliseconds:F0} ms, "
            + $"most allocated {mostBytes} bytes; "
            + string.Join(", ", outcomes.Select(o => $"{o.Key} {o.Value}")));
        Assert.True(outcomes.Count > 10, "the mutations reach few of the errors");
    }

    private static (string Config, byte[] File) Sample(SafetensorsDType dtype)
    {
        var file = new MemoryStream();
        var adapter = SampleAdapter.Create(1, rank: i => 2 + i);
        var config = PeftExport.Write(adapter, new PeftExportOptions { DType = dtype }, file);
        return (Encoding.UTF8.GetString(config), file.ToArray());
    }

    private static async Task<string> Attempt(int seed, Func<Task> read)
    {
        try
        {
            await read();
            return "read";
        }
        catch (SafetensorsException e)
        {
            return e.Error.ToString();
        }
        catch (PeftException e)
        {
            return e.Error.ToString();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed} escaped", e);
        }
    }

    private static async Task Stream(byte[] file)
    {
        var stream = new TrickleStream(file, bytesAtOnce: 1000);
        var header = await SafetensorsHeader.ReadAsync(stream);
        await foreach (var block in SafetensorsReader.ReadFileAsync(stream, header))
        {
            block.Decode<float>(new float[block.Count]);
        }
    }

    private static async Task Import(string config, byte[] file) =>
        await PeftImport.ReadAsync(PeftConfig.Parse(Encoding.UTF8.GetBytes(config)), new MemoryStream(file));
}
