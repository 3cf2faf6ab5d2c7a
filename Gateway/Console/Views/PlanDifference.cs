using System.Text.Json;
using System.Text.Json.Nodes;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>A value in which two plans differ.</summary>
/// <param name="Path">Of the value, as in the plan's JSON.</param>
/// <param name="A">In the first plan; null where it has none there.</param>
/// <param name="B">In the second plan, likewise.</param>
public sealed record PlanDifference(string Path, string? A, string? B)
{
    /// <summary>All differences, in the order of the first plan.</summary>
    public static IReadOnlyList<PlanDifference> Between(RunPlan a, RunPlan b)
    {
        var (first, second) = (Flatten(a), Flatten(b));
        return
        [
            .. first.Keys.Concat(second.Keys).Distinct(StringComparer.Ordinal)
                .Select(path => new PlanDifference(
                    path, first.GetValueOrDefault(path), second.GetValueOrDefault(path)))
                .Where(one => one.A != one.B),
        ];
    }

    private static OrderedDictionary<string, string> Flatten(RunPlan plan)
    {
        var values = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        Add("", JsonSerializer.SerializeToNode(plan, WireJson.Default.RunPlan));
        return values;

        void Add(string path, JsonNode? node)
        {
            switch (node)
            {
                case JsonObject { Count: > 0 } members:
                    foreach (var (name, value) in members) Add(path.Length == 0 ? name : $"{path}.{name}", value);
                    break;
                case JsonArray { Count: > 0 } items when items.Any(item => item is JsonObject):
                    for (var i = 0; i < items.Count; i++) Add($"{path}[{i}]", items[i]);
                    break;
                case JsonArray items:
                    values[path] = string.Join(", ", items.Select(item => item?.ToString() ?? "none"));
                    break;
                default:
                    values[path] = node?.ToString() ?? "none";
                    break;
            }
        }
    }
}
