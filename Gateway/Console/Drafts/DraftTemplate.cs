using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>A run whose start another run takes, and with it all that the start depends on.</summary>
/// <param name="Run">The run.</param>
/// <param name="Start">The blob that it started from.</param>
/// <param name="Shape">What that is.</param>
public sealed record DraftTemplate(RunState Run, BlobHash Start, AdapterShape Shape)
{
    /// <summary>The fields that the start fixes.</summary>
    public IReadOnlyDictionary<string, string> Fixed()
    {
        var (plan, layer) = (Run.Plan.Round, Shape.Layers is [var first, ..] ? first : null);
        return DraftFields.All.Where(field => field.IsOfStart).ToDictionary(
            field => field.Name,
            field => field.Name switch
            {
                DraftFields.BaseHash => $"{plan.BaseModel}",
                DraftFields.BaseFormat => ConfigObject.InJson(plan.BaseFormat),
                "task" => plan.Task.Kind == TaskKind.NextToken ? "nextToken" : "classification",
                DraftFields.Labels => string.Join('\n', plan.Task.Labels),
                "method.name" => plan.Method,
                "lora.rank" => PlanFields.Text(layer?.Rank ?? 1),
                "lora.alpha" => PlanFields.Text(layer?.Alpha ?? 1),
                "lora.targets" => string.Join('\n', Shape.Layers.Select(each => each.Module)),

                // The start is there; how it was made, and what its head is, does not matter any more.
                DraftFields.BaseConfig or "method.publicText.path" or "lora.head" => "",
                _ => field.Initial,
            },
            StringComparer.Ordinal);
    }
}
