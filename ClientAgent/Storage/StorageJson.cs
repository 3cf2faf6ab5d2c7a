using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Logs;
using FedLowRank.ClientAgent.Status;
using FedLowRank.ClientAgent.Work;
using FedLowRank.Federation.Service;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>The small files of an agent's folder. What they do not know is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    Converters =
    [
        typeof(AgentIdConverter), typeof(RunIdConverter), typeof(BlobHashConverter), typeof(EnumNames<LostReason>),
        typeof(EnumNames<AgentRole>), typeof(EnumNames<AgentErrorKind>), typeof(EnumNames<LineLevel>),
    ])]
[JsonSerializable(typeof(ServerNote))]
[JsonSerializable(typeof(OutboxNote))]
[JsonSerializable(typeof(ModelNote))]
[JsonSerializable(typeof(LedgerRecord))]
[JsonSerializable(typeof(RunNote))]
[JsonSerializable(typeof(TroubleNote))]
internal sealed partial class StorageJson : JsonSerializerContext;
