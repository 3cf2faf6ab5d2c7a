// Goal: an un-noised update cannot be sent by mistake. Method: reflection over everything public in the assembly, so
// that a new way of making a value of the chain turns this red.
using System.Reflection;
using FedLowRank.Privacy.Mechanism;

namespace FedLowRank.Privacy.Tests.Mechanism;

public class MisuseTests
{
    private const BindingFlags Public =
        BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    [Theory]
    [InlineData(typeof(ClippedSum), nameof(ClippedSumAccumulator) + "." + nameof(ClippedSumAccumulator.Take))]
    [InlineData(typeof(NoisedSum), nameof(ClippedSum) + "." + nameof(ClippedSum.AddNoise))]
    [InlineData(typeof(NoisedUpdate), nameof(PrivateTrajectory) + "." + nameof(PrivateTrajectory.Finish))]
    public void There_is_one_public_way_to_each_value(Type type, string way)
    {
        Assert.True(type.IsSealed);
        Assert.Empty(type.GetConstructors());
        var ways = type.Assembly.GetExportedTypes()
            .SelectMany(owner => owner.GetMembers(Public).Where(member => Yields(member, type))
                .Select(member => $"{owner.Name}.{member.Name}"));
        Assert.Equal([way], ways);
    }

    [Fact]
    public void Nothing_public_reads_a_sum_without_noise()
    {
        var members = typeof(ClippedSum).GetMembers(Public).Select(member => member.Name);

        Assert.Equal([nameof(ClippedSum.AddNoise)], members);
    }

    [Fact]
    public void Nothing_but_a_noised_sum_moves_a_trajectory()
    {
        var methods = typeof(PrivateTrajectory).GetMethods(Public).Where(method => !method.IsSpecialName);

        Assert.Equal(["Apply", "Finish"], methods.Select(method => method.Name).Order());
        Assert.Equal(
            [typeof(NoisedSum), typeof(IOptimizer)],
            typeof(PrivateTrajectory).GetMethod("Apply")!.GetParameters().Select(p => p.ParameterType));
    }

    [Fact]
    public void Nothing_in_the_chain_can_be_set_from_outside()
    {
        Type[] chain = [typeof(ClippedSum), typeof(NoisedSum), typeof(NoisedUpdate), typeof(PrivateTrajectory)];
        foreach (var type in chain)
        {
            Assert.All(type.GetProperties(), property => Assert.False(property.CanWrite, property.Name));
            Assert.Empty(type.GetFields());
        }
    }

    private static bool Yields(MemberInfo member, Type type) => member switch
    {
        MethodInfo method => Holds(method.ReturnType, type)
            || method.GetParameters().Any(p => p.ParameterType.IsByRef && Holds(p.ParameterType, type)),
        FieldInfo field => Holds(field.FieldType, type),
        _ => false,
    };

    private static bool Holds(Type outer, Type type) =>
        outer == type
        || (outer.HasElementType && Holds(outer.GetElementType()!, type))
        || outer.GetGenericArguments().Any(argument => Holds(argument, type));
}
