using System.Text.Json.Serialization;
using FedLowRank.Cli.Demo;
using FedLowRank.Cli.Reports;

namespace FedLowRank.Cli.Commands;

/// <summary>Lines of JSON for scripts.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(FiniteOrNullConverter)])]
[JsonSerializable(typeof(SimulateFigures))]
[JsonSerializable(typeof(DemoFigures))]
[JsonSerializable(typeof(ServiceFigures))]
internal sealed partial class FiguresContext : JsonSerializerContext;
