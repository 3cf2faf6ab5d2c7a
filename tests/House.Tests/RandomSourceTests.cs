using System.Reflection;
using FedLowRank.Privacy;
using FedLowRank.Training;

namespace FedLowRank.House.Tests;

/// <summary>
/// Goal: outside tests nothing but the cryptographic generator can hand out noise. Method: reflection over the
/// assemblies of every product project that restores everywhere.
/// </summary>
public class RandomSourceTests
{
    private static readonly string[] Allowed = ["FedLowRank.Training.CryptographicRandomSource"];

    [Fact]
    public void The_cryptographic_generator_is_the_only_random_source()
    {
        var types = ProductAssemblies().SelectMany(assembly => assembly.GetTypes()).ToList();
        Assert.Contains(typeof(CryptographicRandomSource), types);
        Assert.Empty(Forbidden(types));
    }

    [Fact]
    public void Another_random_source_is_found() =>
        Assert.Equal([typeof(Replayed).FullName], Forbidden([typeof(Replayed), typeof(CryptographicRandomSource)]));

    [Fact]
    public void The_cryptographic_generator_fills_the_whole_buffer()
    {
        var source = new CryptographicRandomSource();
        var (first, second) = (new byte[1024], new byte[1024]);
        source.Fill(first);
        source.Fill(second);

        Assert.NotEqual(first, second);
        // Sixteen zero bytes in a row at either end have a chance of 2^-128.
        Assert.Contains(first[..16], value => value != 0);
        Assert.Contains(first[^16..], value => value != 0);
    }

    private static IEnumerable<string?> Forbidden(IEnumerable<Type> types) => types
        .Where(type => typeof(IRandomSource).IsAssignableFrom(type) && !type.IsInterface)
        .Select(type => type.FullName).Except(Allowed);

    private static IEnumerable<Assembly> ProductAssemblies() => TrackedFiles.EndingIn(".csproj")
        .Select(file => ProjectFile.Parse(file).Name)
        .Where(name => ProjectRules.Product.ContainsKey(name) && !ProjectRules.IsOptional(name))
        .Select(name => Assembly.Load(name switch
        {
            "Cli" => "fedlowrank",
            "ClientAgent" => "fedlowrank-agent",
            _ => $"FedLowRank.{name}",
        }));

    private sealed class Replayed : IRandomSource
    {
        public void Fill(Span<byte> buffer) => buffer.Clear();
    }
}
