using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Cli.Demo.Servers;
using FedLowRank.Federation.Identity.Audit;

namespace FedLowRank.Cli.Verbs;

/// <summary>What verbs print for programs where it is not one of the server's own messages.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(AgentIdConverter), typeof(RunIdConverter), typeof(BlobHashConverter), typeof(EnumNames<AgentRole>),
        typeof(EnumNames<AuditFault>), typeof(EnumNames<FindingLevel>),
    ])]
[JsonSerializable(typeof(ErrorLine))]
[JsonSerializable(typeof(CommandLineAnswer))]
[JsonSerializable(typeof(CreatedLine))]
[JsonSerializable(typeof(InviteLine))]
[JsonSerializable(typeof(DoneLine))]
[JsonSerializable(typeof(AuditLine))]
[JsonSerializable(typeof(FileLine))]
[JsonSerializable(typeof(ExportLine))]
[JsonSerializable(typeof(DoctorLine))]
[JsonSerializable(typeof(WatchLine))]
[JsonSerializable(typeof(ServeLine))]
[JsonSerializable(typeof(ServedAddresses))]
internal sealed partial class AdminJson : JsonSerializerContext;
