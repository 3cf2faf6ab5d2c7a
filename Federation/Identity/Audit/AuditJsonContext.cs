using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Federation.Identity.Json;

namespace FedLowRank.Federation.Identity.Audit;

/// <summary>Entries and heads; the order of members is that of the types.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    Converters =
    [
        typeof(BlobHashConverter), typeof(MillisecondConverter), typeof(EnumNames<AuditOutcome>),
        typeof(ValueListConverter<AuditDetail>),
    ])]
[JsonSerializable(typeof(Versioned<AuditEntry>))]
[JsonSerializable(typeof(Versioned<SignedHead>))]
[JsonSerializable(typeof(AuditDetail))]
internal sealed partial class AuditJsonContext : JsonSerializerContext;
