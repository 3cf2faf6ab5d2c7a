using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>
/// The plan of each run that the owner allows, as it was when the agent first looked at it. A run's plan never changes.
/// A server that could show another each time would learn of every answer something about the texts, such as which
/// labels there are, and spend no budget; or turn a private run into one without privacy.
/// </summary>
internal sealed class KnownPlans(AgentFolder folder, DurableFile files)
{
    /// <summary>Remembers the plan of a run that is new.</summary>
    /// <returns>False where the run had another plan before.</returns>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public bool IsUnchanged(RunId run, RunPlan plan)
    {
        var path = PathOf(run);
        if (File.Exists(path)) return Read(path) == plan;
        files.Write(path, JsonSerializer.SerializeToUtf8Bytes(plan, WireJson.Default.RunPlan));
        return true;
    }

    /// <summary>Where the plan of a run is kept; whoever removes the file lets the run have another.</summary>
    public string PathOf(RunId run) => Path.Combine(folder.Plans, $"{run}.json");

    private static RunPlan? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), WireJson.Default.RunPlan);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
