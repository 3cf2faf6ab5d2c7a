using System.Buffers.Binary;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Checkpoints;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Checkpoints;

/// <summary>
/// The one pass over an uploaded update finds what the plain check of the grid finds, and every other fault, in memory
/// that does not grow.
/// </summary>
public sealed class UpdateScreeningTests
{
    private static readonly UpdateForm Expected = Form();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clean_update_is_clean_and_its_norm_is_told_unless_the_run_is_private()
    {
        var values = Update(Expected, seed: 1);
        var norm = Math.Sqrt(values.Aggregate(0.0, (sum, value) => sum + ((double)value * value)));

        Assert.Equal(new(ScreeningVerdict.Clean, norm), await InspectAsync(File(Expected, values)));
        Assert.Equal(
            new(ScreeningVerdict.Clean, null), await InspectAsync(File(Expected, values), isPrivate: true));
    }

    [Fact]
    public async Task Every_changed_bit_of_the_header_is_seen()
    {
        var file = File(Expected, Update(Expected, seed: 1));
        for (var bit = 0; bit < Expected.Header.DataStart * 8; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(new(ScreeningVerdict.MisShaped, null), await InspectAsync(file));
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public async Task A_header_of_any_length_is_read_no_further_than_the_right_one_goes()
    {
        var hostile = new CountingZeros(1L << 40) { First = [255, 255, 255, 5, 0, 0, 0, 0] };
        Assert.Equal(
            ScreeningVerdict.MisShaped, (await InspectAsync(hostile)).Verdict);
        Assert.True(hostile.BytesRead <= Expected.Header.DataStart, $"{hostile.BytesRead} bytes were read");
    }

    [Fact]
    public async Task A_file_cut_anywhere_or_with_more_behind_it_has_the_wrong_shape()
    {
        var file = File(Expected, Update(Expected, seed: 1));
        for (var length = 0; length < file.Length; length++)
            Assert.Equal(new(ScreeningVerdict.MisShaped, null), await InspectAsync(file[..length]));
        Assert.Equal(new(ScreeningVerdict.MisShaped, null), await InspectAsync([.. file, 0]));
    }

    [Theory]
    [InlineData(float.NaN, ScreeningVerdict.NotFinite)]
    [InlineData(float.PositiveInfinity, ScreeningVerdict.NotFinite)]
    [InlineData(float.NegativeInfinity, ScreeningVerdict.NotFinite)]
    [InlineData(1.0000001f, ScreeningVerdict.OutOfBound)]
    [InlineData(float.MinValue, ScreeningVerdict.OutOfBound)]
    [InlineData(1e-9f, ScreeningVerdict.OffGrid)]
    [InlineData(float.Epsilon, ScreeningVerdict.OffGrid)]
    [InlineData(0.1f, ScreeningVerdict.OffGrid)]
    [InlineData(-1f, ScreeningVerdict.Clean)]
    [InlineData(-0f, ScreeningVerdict.Clean)]
    public async Task A_bad_value_is_seen_wherever_it_is(float value, ScreeningVerdict verdict)
    {
        for (var i = 0; i < Expected.Grid.Layout.Count; i++)
        {
            var file = File(Expected, Update(Expected, seed: 1));
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan((int)Expected.Header.DataStart + (4 * i)), value);
            Assert.Equal(verdict, (await InspectAsync(file)).Verdict);
            Assert.Equal(new(verdict, null), await InspectAsync(file, isPrivate: true));
        }
    }

    [Fact]
    public async Task The_first_fault_is_that_of_the_plain_check_for_any_bound_and_any_bits()
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var exponent = random.Next(TensorGrid.StepExponentMin, TensorGrid.StepExponentMax + 24);
            var plan = Plan();
            var form = Form(plan with
            {
                Round = plan.Round with { UpdateBound = Math.ScaleB(1 + random.NextDouble(), exponent) },
            });
            var values = Update(form, seed);
            for (var i = 0; i < values.Length; i++) values[i] = (float)(values[i] * Math.ScaleB(1, exponent));
            GridRounding.Round(values, form.Grid, values);
            var file = File(form, values);
            for (var fault = random.Next(3); fault > 0; fault--)
            {
                var at = random.Next(values.Length);
                values[at] = random.Next(2) == 0
                    ? BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))
                    : (float)(values[at] + (form.Grid.Tensors[0].Step / (1 << random.Next(3))));
                BinaryPrimitives.WriteSingleLittleEndian(
                    file.AsSpan((int)form.Header.DataStart + (4 * at)), values[at]);
            }

            var expected = form.Grid.Check(values) switch
            {
                null => ScreeningVerdict.Clean,
                UpdateRefusal.NotFinite => ScreeningVerdict.NotFinite,
                UpdateRefusal.OutOfBound => ScreeningVerdict.OutOfBound,
                _ => ScreeningVerdict.OffGrid,
            };
            var found = (await UpdateScreening.InspectAsync(form, new MemoryStream(file), false, Token))
                .Screening.Verdict;
            Assert.True(expected == found, $"seed {seed}: {found} in place of {expected}");
        }
    }

    [Fact]
    public async Task Memory_does_not_grow_with_the_update()
    {
        var (small, large) = (await AllocatedAsync(Large(1 << 12)), await AllocatedAsync(Large(1 << 18)));
        Assert.True(large < small + (1 << 20), $"{small} bytes for 8 MB, {large} for 512 MB");

        static async Task<long> AllocatedAsync(UpdateForm form)
        {
            var content = new CountingZeros(form.Bytes) { First = form.Header.ToBytes() };

            // The stream never waits, so all of it runs on this thread.
            var before = GC.GetAllocatedBytesForCurrentThread();
            var screening = await UpdateScreening.InspectAsync(form, content, isPrivate: false, Token);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(new(ScreeningVerdict.Clean, 0), screening.Screening);
            Assert.Equal(form.Bytes, content.BytesRead);
            return allocated;
        }
    }

    [Fact(Explicit = true)]
    public async Task Gigabytes_per_second()
    {
        var form = Large(1 << 18);
        foreach (var isPrivate in (bool[])[true, false, true, false])
        {
            var content = new CountingZeros(form.Bytes) { First = form.Header.ToBytes() };
            var clock = System.Diagnostics.Stopwatch.StartNew();
            await UpdateScreening.InspectAsync(form, content, isPrivate, Token);
            TestContext.Current.TestOutputHelper!.WriteLine(
                $"private {isPrivate}: {form.Bytes / clock.Elapsed.TotalSeconds / 1e9:F2} GB/s");
        }
    }

    /// <summary>One layer whose B has so many rows of 512 values.</summary>
    private static UpdateForm Large(int rows)
    {
        var shape = new AdapterShape([new LayerShape("layer", 512, rows, 512, 512, HasInner: false)], []);
        var plan = Plan().Round;
        return UpdateForm.Of(plan, round: 1, shape);
    }

    private static Task<Screening> InspectAsync(byte[] file, bool isPrivate = false) =>
        InspectAsync(new MemoryStream(file), isPrivate);

    private static async Task<Screening> InspectAsync(Stream file, bool isPrivate = false) =>
        (await UpdateScreening.InspectAsync(Expected, file, isPrivate, Token)).Screening;
}
