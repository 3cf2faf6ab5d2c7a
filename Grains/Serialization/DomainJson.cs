using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Json;
using FedLowRank.Federation.Service;

namespace FedLowRank.Grains.Serialization;

/// <summary>
/// The house's own values as they travel between grains: JSON, by name. A member that the receiver does not know is
/// passed over and one that is missing is its default, so that silos of two versions talk to each other.
/// </summary>
internal static class DomainJson
{
    private static readonly Assembly[] Domain = [typeof(RunId).Assembly, typeof(IFederation).Assembly];

    /// <summary>How they are written.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>Whether a type is one of the house's values.</summary>
    public static bool IsDomain(Type type) =>
        IsOurs(type) && !type.IsAbstract && !typeof(Exception).IsAssignableFrom(type);

    /// <summary>Whether a type is the house's.</summary>
    public static bool IsOurs(Type type) => Domain.Contains(type.Assembly);

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { CloseUnion } },
            IgnoreReadOnlyProperties = true,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Converters =
            {
                new AgentIdConverter(), new RunIdConverter(), new CommandIdConverter(), new BlobHashConverter(),
                new UserNameConverter(), new TokenHashConverter(), new SerialNumberConverter(), new ValueLists(),
                new JsonStringEnumConverter(),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>A case of a closed union is known by its name within the union's assembly.</summary>
    private static void CloseUnion(JsonTypeInfo type)
    {
        if (!type.Type.IsAbstract || !IsOurs(type.Type) || type.PolymorphismOptions is not null)
            return;
        var union = new JsonPolymorphismOptions();
        foreach (var member in type.Type.Assembly.GetTypes())
        {
            if (!member.IsAbstract && type.Type.IsAssignableFrom(member))
                union.DerivedTypes.Add(new(member, $"{member.DeclaringType?.Name}.{member.Name}"));
        }

        type.PolymorphismOptions = union;
    }

    private sealed class ValueLists : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) =>
            typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ValueList<>);

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(
                typeof(ValueListConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;
    }
}
