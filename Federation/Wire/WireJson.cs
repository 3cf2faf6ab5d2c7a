using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;

namespace FedLowRank.Federation.Wire;

/// <summary>
/// All that travels as JSON. Unknown members, missing ones and those that come twice are errors, so that a misspelt
/// member is told and not dropped. What is null is written as null; only members with a default may be left out.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 32,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    Converters =
    [
        typeof(AgentIdConverter), typeof(RunIdConverter), typeof(CommandIdConverter), typeof(BlobHashConverter),
        typeof(EnumNames<AgentRole>), typeof(EnumNames<AdminRole>), typeof(EnumNames<OrderKind>),
        typeof(EnumNames<PauseMode>), typeof(EnumNames<DeclineReason>), typeof(EnumNames<LostReason>),
        typeof(EnumNames<LastResort>), typeof(EnumNames<TaskKind>), typeof(EnumNames<OptimizerRule>),
        typeof(EnumNames<WeightFormat>), typeof(EnumNames<AgentErrorKind>),
        typeof(ValueListConverter<string>), typeof(ValueListConverter<AgentId>), typeof(ValueListConverter<LayerShard>),
        typeof(ValueListConverter<Metric>),
    ])]
[JsonSerializable(typeof(EnrolRequest))]
[JsonSerializable(typeof(RenewRequest))]
[JsonSerializable(typeof(CertificateAnswer))]
[JsonSerializable(typeof(AgentSelf))]
[JsonSerializable(typeof(AgentFacts))]
[JsonSerializable(typeof(AgentTrouble))]
[JsonSerializable(typeof(TroubleAnswer))]
[JsonSerializable(typeof(InviteRequest))]
[JsonSerializable(typeof(InviteAnswer))]
[JsonSerializable(typeof(RevokeRequest))]
[JsonSerializable(typeof(IReadOnlyList<AgentSummary>))]
[JsonSerializable(typeof(NewUserRequest))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(IReadOnlyList<UserSummary>))]
[JsonSerializable(typeof(OrderMessage))]
[JsonSerializable(typeof(RoundMessage))]
[JsonSerializable(typeof(UploadOffer))]
[JsonSerializable(typeof(UploadProgress))]
[JsonSerializable(typeof(IReadOnlyList<RunSummary>))]
[JsonSerializable(typeof(NewRunRequest))]
[JsonSerializable(typeof(CommandRequest))]
[JsonSerializable(typeof(CommandAnswer))]
[JsonSerializable(typeof(ServerFacts))]
[JsonSerializable(typeof(SignedCheckpoint))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(RunPlan))]
[JsonSerializable(typeof(LayerShard))]
[JsonSerializable(typeof(Metric))]
public sealed partial class WireJson : JsonSerializerContext;
