using System.Reflection;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>Closed unions, by reflection.</summary>
internal static class Unions
{
    /// <summary>Fails where a case of the union is not among the samples.</summary>
    public static void Covers<T>(IEnumerable<T> samples)
        where T : class
    {
        var seen = samples.Select(sample => sample.GetType()).ToHashSet();
        var cases = typeof(T).GetNestedTypes(BindingFlags.Public).Where(type => type.IsSubclassOf(typeof(T)));
        Assert.Empty(cases.Except(seen).Select(type => type.Name));
    }
}
