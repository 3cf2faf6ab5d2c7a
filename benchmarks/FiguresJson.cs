using System.Text.Json;

namespace FedLowRank.Benchmarks;

/// <summary>How figures are written in the last line: snake case, one line.</summary>
internal static class FiguresJson
{
    public static JsonSerializerOptions Options { get; } =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
}
