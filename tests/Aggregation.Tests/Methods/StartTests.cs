using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Refresh;
using FedLowRank.Aggregation.Tests.Refresh;

namespace FedLowRank.Aggregation.Tests.Methods;

/// <summary>
/// Goal: a public seed gives the same start everywhere, of the right distribution. Method: values worked out by an
/// independent Python program that reproduces the reference output of xoshiro256**, and moments.
/// </summary>
public sealed class StartTests
{
    private static readonly LoraShape Shape = new("q", inputWidth: 96, outputWidth: 64, rank: 8, alpha: 16);

    [Fact]
    public void The_bits_are_those_of_the_published_generators()
    {
        var sequence = new SeededSequence(42, "q.lora_A.weight");
        ulong[] expected = [0x55417beb9a2a7786, 0x2df07d1c5db09b6d, 0x2bd6421783623c12, 0xa74698f8a96e786b];
        Assert.Equal(expected, expected.Select(_ => sequence.NextBits()));
    }

    [Fact]
    public void Uniform_and_normal_values_agree_with_the_reference()
    {
        var uniform = new SeededSequence(42, "q.lora_A.weight");
        double[] expected = [-0.3339390849684317, -0.6410983668798692, -0.6575238595189444, 0.3068419660729552];
        Assert.Equal(expected, expected.Select(_ => uniform.NextSymmetric()));

        // The reference takes the C library's logarithm, so the last bits may differ.
        var normal = new SeededSequence(42, "q.lora_A.weight");
        double[] normals = [-0.5263581622264184, -1.0264503567573386, 0.3452519274192708, -0.8885756923331741];
        Assert.All(normals, value => Assert.Equal(value, normal.NextNormal(), 1e-15));
    }

    [Fact]
    public void Normal_values_have_the_moments_of_a_normal_distribution()
    {
        const int Count = 200_000;
        var sequence = new SeededSequence(7, "moments");
        var moments = new double[5];
        for (var i = 0; i < Count; i++)
        {
            var value = sequence.NextNormal();
            for (var power = 1; power <= 4; power++)
            {
                moments[power] += Math.Pow(value, power) / Count;
            }
        }

        // The seed is fixed; the bounds are five standard errors.
        Assert.Equal(0, moments[1], 5 / Math.Sqrt(Count));
        Assert.Equal(1, moments[2], 5 * Math.Sqrt(2.0 / Count));
        Assert.Equal(0, moments[3], 5 * Math.Sqrt(15.0 / Count));
        Assert.Equal(3, moments[4], 5 * Math.Sqrt(96.0 / Count));
    }

    [Fact]
    public void Kaiming_is_uniform_within_one_over_the_root_of_the_width()
    {
        var layer = AdapterStart.Layer(Shape, FactorStart.Kaiming, 3);
        var bound = 1 / Math.Sqrt(96);
        var a = layer.A.ToArray();
        Assert.InRange(a.Max(Math.Abs), 0.98 * bound, bound);
        Assert.Equal(bound * bound / 3, a.Average(v => v * v), 0.1 * bound * bound / 3);
        Assert.Equal(0, a.Average(), 0.1 * bound);
        Assert.All(layer.B.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Orthonormal_rows_are_orthonormal_and_B_is_zero()
    {
        var layer = AdapterStart.Layer(Shape, FactorStart.Orthonormal, 3);
        Assert.True(FactorRefresh.OrthonormalityError(layer.A()) < 1e-14);
        Assert.All(layer.B.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void The_seed_and_the_name_decide_and_nothing_else()
    {
        var first = AdapterStart.Layer(Shape, FactorStart.Orthonormal, 3).A.ToArray();
        Assert.Equal(first, AdapterStart.Layer(Shape, FactorStart.Orthonormal, 3).A.ToArray());
        Assert.NotEqual(first, AdapterStart.Layer(Shape, FactorStart.Orthonormal, 4).A.ToArray());
        var other = new LoraShape("v", 96, 64, 8, 16);
        Assert.NotEqual(first, AdapterStart.Layer(other, FactorStart.Orthonormal, 3).A.ToArray());
    }

    [Fact]
    public void A_frozen_head_layer_is_orthogonal_and_the_output_layer_zero()
    {
        var dense = AdapterStart.FrozenOrthogonal(new TensorSpec("classifier.dense.weight", 48, 48), 5);
        Assert.False(dense.IsTrained);
        Assert.True(FactorRefresh.OrthonormalityError(new Matrix(48, 48, dense.Values.ToArray())) < 1e-13);
        Assert.Throws<ArgumentException>(() => AdapterStart.FrozenOrthogonal(new TensorSpec("out_proj", 3, 48), 5));

        var output = AdapterStart.Zeros(new TensorSpec("classifier.out_proj.weight", 3, 48));
        Assert.True(output.IsTrained);
        Assert.All(output.Values.ToArray(), value => Assert.Equal(0, value));
    }
}
