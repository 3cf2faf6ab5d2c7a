using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Gateway.Hosting;

/// <summary>
/// Gives the framework's reader of bodies, which brings options of its own, those of <see cref="WireJson"/>.
/// </summary>
internal static class StrictJson
{
    public static void Configure(JsonSerializerOptions options)
    {
        var wire = WireJson.Default.Options;

        // The description also speaks of what does not travel as a message: streams, and names in addresses.
        options.TypeInfoResolver = JsonTypeInfoResolver.Combine(WireJson.Default, new DefaultJsonTypeInfoResolver());
        options.PropertyNamingPolicy = wire.PropertyNamingPolicy;
        options.PropertyNameCaseInsensitive = wire.PropertyNameCaseInsensitive;
        options.NumberHandling = wire.NumberHandling;
        options.UnmappedMemberHandling = wire.UnmappedMemberHandling;
        options.AllowDuplicateProperties = wire.AllowDuplicateProperties;
        options.MaxDepth = wire.MaxDepth;
        options.RespectNullableAnnotations = wire.RespectNullableAnnotations;
        options.RespectRequiredConstructorParameters = wire.RespectRequiredConstructorParameters;
        options.IgnoreReadOnlyProperties = wire.IgnoreReadOnlyProperties;
        foreach (var converter in wire.Converters) options.Converters.Add(converter);
    }
}
