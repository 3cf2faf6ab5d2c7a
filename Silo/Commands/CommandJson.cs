using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Json;

namespace FedLowRank.Silo.Commands;

/// <summary>What the commands print for programs.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(BlobHashConverter)])]
[JsonSerializable(typeof(ErrorLine))]
[JsonSerializable(typeof(SchemaLine))]
[JsonSerializable(typeof(ServeLine))]
internal sealed partial class CommandJson : JsonSerializerContext;

/// <summary>What went wrong.</summary>
internal sealed record ErrorLine(ErrorMembers Error);

/// <summary>Its members.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Message">For people.</param>
/// <param name="Exit">One of <see cref="ExitCode"/>.</param>
internal sealed record ErrorMembers(string Code, string Message, int Exit);
