using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Benchmarks.Service;

/// <summary>The owner of a server, by the profile that it wrote at its first start.</summary>
internal sealed class LoadPeople : IDisposable
{
    private readonly LoadClient client;

    public LoadPeople(LoadServer server, ServerProcess process)
    {
        using var profile = JsonDocument.Parse(File.ReadAllText(Path.Combine(server.Folder, "owner.json")));
        client = new(process.Admin, server.Authority, own: null, profile.RootElement.GetProperty("token").GetString());
    }

    /// <summary>Starts a run.</summary>
    public Task StartAsync(RunId run) => CommandAsync(run, $"start-{run}", new RunCommand.Start());

    /// <summary>Asks something of a run; returns when it is durable.</summary>
    /// <param name="run">The run.</param>
    /// <param name="id">Of the command.</param>
    /// <param name="command">What is asked.</param>
    public Task CommandAsync(RunId run, string id, RunCommand command) => client.SendAsync(
        HttpMethod.Post, Routes.RunCommands(run),
        LoadClient.Json(new CommandRequest(new(id), command), WireJson.Default.CommandRequest));

    /// <summary>How long a round was in its phases, by the server's own account.</summary>
    public async Task<IReadOnlyDictionary<RoundStage, double>> SecondsAsync(RunId run, RoundId round)
    {
        var state = RunJson.ReadState(await client.SendAsync(HttpMethod.Get, Routes.Run(run), content: null));
        return state.History.Single(report => report.Id == round).Durations
            .ToDictionary(phase => phase.Stage, phase => phase.Duration.TotalSeconds);
    }

    /// <summary>Whether the server says that it is ready.</summary>
    public Task<bool> IsHealthyAsync() => client.IsHealthyAsync();

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();
}
