using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>Manifests and shapes; nothing in them may be unknown or missing.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    Converters =
    [
        typeof(AgentIdConverter), typeof(RunIdConverter), typeof(BlobHashConverter),
        typeof(EnumNames<LastResort>), typeof(EnumNames<TaskKind>), typeof(EnumNames<OptimizerRule>),
        typeof(EnumNames<WeightFormat>),
        typeof(ValueListConverter<string>), typeof(ValueListConverter<Aggregation.Rounds.Values.AgentId>),
        typeof(ValueListConverter<Aggregation.Rounds.Values.BlobHash>), typeof(ValueListConverter<LayerShard>),
        typeof(ValueListConverter<FrozenUpdate>), typeof(ValueListConverter<LayerShape>),
        typeof(ValueListConverter<HeadShape>),
    ])]
[JsonSerializable(typeof(Versioned<CheckpointManifest>))]
[JsonSerializable(typeof(AdapterShape))]
[JsonSerializable(typeof(SignedCheckpoint))]
[JsonSerializable(typeof(LayerShard))]
[JsonSerializable(typeof(FrozenUpdate))]
[JsonSerializable(typeof(LayerShape))]
[JsonSerializable(typeof(HeadShape))]
internal sealed partial class CheckpointJsonContext : JsonSerializerContext;
