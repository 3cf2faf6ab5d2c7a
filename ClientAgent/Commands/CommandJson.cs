using System.Text.Json.Serialization;
using FedLowRank.ClientAgent.Bench;

namespace FedLowRank.ClientAgent.Commands;

/// <summary>Lines of JSON for scripts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EnrolFigures))]
[JsonSerializable(typeof(RunFigures))]
[JsonSerializable(typeof(StatusFigures))]
[JsonSerializable(typeof(DoctorFigures))]
[JsonSerializable(typeof(BenchFigures))]
internal sealed partial class CommandJson : JsonSerializerContext;
