using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>States and events with the version of their form.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    Converters =
    [
        typeof(AgentIdConverter), typeof(RunIdConverter), typeof(CommandIdConverter), typeof(BlobHashConverter),
        typeof(EnumNames<RoundStage>), typeof(EnumNames<AgentRole>), typeof(EnumNames<PauseMode>),
        typeof(EnumNames<DeclineReason>), typeof(EnumNames<LostReason>), typeof(EnumNames<ScreeningVerdict>),
        typeof(EnumNames<LastResort>), typeof(EnumNames<SkipReason>), typeof(EnumNames<TaskKind>),
        typeof(EnumNames<OptimizerRule>), typeof(EnumNames<WeightFormat>),
        typeof(ValueListConverter<string>), typeof(ValueListConverter<AgentId>), typeof(ValueListConverter<LayerShard>),
        typeof(ValueListConverter<RoundReport>), typeof(ValueListConverter<AgentSeat>),
        typeof(ValueListConverter<ForkOrder>), typeof(ValueListConverter<ObeyedCommand>),
        typeof(ValueListConverter<RosterEntry>), typeof(ValueListConverter<RefusedAgent>),
        typeof(ValueListConverter<PhaseDuration>), typeof(ValueListConverter<FrozenUpdate>),
        typeof(ValueListConverter<WorkSlot>), typeof(ValueListConverter<AskedEvaluator>),
        typeof(ValueListConverter<Metric>),
    ])]
[JsonSerializable(typeof(Versioned<RunState>))]
[JsonSerializable(typeof(Versioned<RunEvent>))]
[JsonSerializable(typeof(LayerShard))]
[JsonSerializable(typeof(RoundReport))]
[JsonSerializable(typeof(AgentSeat))]
[JsonSerializable(typeof(ForkOrder))]
[JsonSerializable(typeof(ObeyedCommand))]
[JsonSerializable(typeof(RosterEntry))]
[JsonSerializable(typeof(RefusedAgent))]
[JsonSerializable(typeof(PhaseDuration))]
[JsonSerializable(typeof(FrozenUpdate))]
[JsonSerializable(typeof(WorkSlot))]
[JsonSerializable(typeof(AskedEvaluator))]
[JsonSerializable(typeof(Metric))]
[JsonSerializable(typeof(PauseReason.Asked), TypeInfoPropertyName = "PauseAsked")]
[JsonSerializable(typeof(PauseReason.QuorumMissed), TypeInfoPropertyName = "PauseQuorumMissed")]
[JsonSerializable(typeof(FailureReason.QuorumMissed), TypeInfoPropertyName = "FailureQuorumMissed")]
[JsonSerializable(typeof(RoundResult.Completed), TypeInfoPropertyName = "RoundCompleted")]
internal sealed partial class RoundsJsonContext : JsonSerializerContext;
