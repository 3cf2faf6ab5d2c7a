using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Verbs;

/// <summary>What verbs ask of a run.</summary>
internal static class RunCalls
{
    /// <summary>A run as it is, with the JSON that it came as.</summary>
    /// <exception cref="AdminException">There is no such run, or it cannot be had.</exception>
    public static async Task<(RunState State, byte[] Json)> StateAsync(
        AdminClient client, RunId run, CancellationToken cancellationToken)
    {
        var json = await client.GetBytesAsync(Routes.Run(run), cancellationToken);
        return (Parse(json), json);
    }

    /// <summary>Reads a state that a server sent.</summary>
    /// <exception cref="AdminException">It is of another version.</exception>
    public static RunState Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return RunJson.ReadState(json);
        }
        catch (JsonException error)
        {
            throw new AdminException(
                "bad-answer", $"the server's run is not of this version's form: {error.Message}", ExitCode.Failure,
                error);
        }
    }

    /// <summary>Gives a command. It has an id, so that sending it again does nothing more.</summary>
    /// <exception cref="AdminException">It was refused.</exception>
    public static Task<CommandAnswer> CommandAsync(
        AdminClient client, RunId run, RunCommand command, CancellationToken cancellationToken)
    {
        var request = new CommandRequest(new CommandId($"cli-{Guid.NewGuid():N}"), command);
        return client.SendAsync(
            () => AdminClient.Message(
                HttpMethod.Post, Routes.RunCommands(run), request, WireJson.Default.CommandRequest),
            WireJson.Default.CommandAnswer, isRepeatable: true, cancellationToken);
    }
}
