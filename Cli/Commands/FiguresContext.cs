using System.Text.Json.Serialization;

namespace FedLowRank.Cli.Commands;

/// <summary>Lines of JSON for scripts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SimulateFigures))]
[JsonSerializable(typeof(DemoFigures))]
internal sealed partial class FiguresContext : JsonSerializerContext;
