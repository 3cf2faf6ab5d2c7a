using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Identity.Json;

/// <summary>States and events with the version of their form.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    AllowDuplicateProperties = false,
    Converters =
    [
        typeof(AgentIdConverter), typeof(UserNameConverter), typeof(BlobHashConverter), typeof(TokenHashConverter),
        typeof(SerialNumberConverter), typeof(EnumNames<AgentRole>), typeof(EnumNames<AdminRole>),
        typeof(ValueListConverter<RetiredCertificate>), typeof(ValueListConverter<UserToken>),
    ])]
[JsonSerializable(typeof(Versioned<EnrolmentState>))]
[JsonSerializable(typeof(Versioned<EnrolmentEvent>))]
[JsonSerializable(typeof(Versioned<UsersState>))]
[JsonSerializable(typeof(Versioned<UsersEvent>))]
[JsonSerializable(typeof(RetiredCertificate))]
[JsonSerializable(typeof(UserToken))]
[JsonSerializable(typeof(EnrolmentStatus.Revoked), TypeInfoPropertyName = "StatusRevoked")]
[JsonSerializable(typeof(EnrolmentStatus.Invited), TypeInfoPropertyName = "StatusInvited")]
[JsonSerializable(typeof(UsersEvent.Revoked), TypeInfoPropertyName = "UserRevoked")]
[JsonSerializable(typeof(UsersEvent.Used), TypeInfoPropertyName = "UserUsed")]
internal sealed partial class IdentityJsonContext : JsonSerializerContext;
