using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Verbs;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Demo;

/// <summary>
/// The machines of the demo, each a folder and a process: a server and its agents, on loopback with mutual TLS. When it
/// is disposed of, nothing of them is left but the logs.
/// </summary>
/// <param name="agentProgram">The agent's executable, or its .dll.</param>
/// <param name="logs">Folder for the logs.</param>
internal sealed class DemoSite(string agentProgram, string logs) : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-demo-").FullName;
    private readonly Dictionary<string, DemoProcess> processes = new(StringComparer.Ordinal);

    /// <summary>The owner's profile, once the server serves.</summary>
    public string ProfilePath => Path.Combine(ServerFolder, ProfilePlaces.OwnerFile);

    private string ServerFolder => Path.Combine(folder, "server");

    /// <summary>Starts the server and waits until it serves.</summary>
    public async Task<ServeLine> StartServerAsync(CancellationToken cancellationToken)
    {
        string[] arguments =
            ["serve", "--folder", ServerFolder, "--agents", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--json"];
        var server = DemoProcess.Start("server", Environment.ProcessPath is { } host && IsHost(host)
            ? typeof(DemoSite).Assembly.Location
            : Environment.ProcessPath!, arguments, logs);
        processes.Add("server", server);
        var line = await server.FirstLineAsync(cancellationToken);
        return JsonSerializer.Deserialize(line, AdminJson.Default.ServeLine)
            ?? throw new JsonException("the server said null");
    }

    /// <summary>Invites an agent and lets it enrol.</summary>
    public async Task EnrolAsync(
        AdminClient client, string agent, AgentRole role, string policy, CancellationToken cancellationToken)
    {
        var request = new InviteRequest(new AgentId(agent), role, Hours: 1);
        var answer = await client.SendAsync(
            () => AdminClient.Message(HttpMethod.Post, Routes.Agents, request, WireJson.Default.InviteRequest),
            WireJson.Default.InviteAnswer, isRepeatable: false, cancellationToken);
        var home = Directory.CreateDirectory(AgentFolder(agent)).FullName;
        var invite = Path.Combine(folder, $"{agent}.invite");
        await File.WriteAllTextAsync(invite, answer.Invite, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(home, "policy.json"), policy, cancellationToken);
        await using var enrolment = DemoProcess.Start(
            agent, agentProgram, ["enrol", "--invite-file", invite, "--folder", home], logs);
        await enrolment.EndAsync(cancellationToken);
    }

    /// <summary>Starts an agent that has enrolled.</summary>
    public void StartAgent(string agent) =>
        processes[agent] = DemoProcess.Start(agent, agentProgram, ["run", "--folder", AgentFolder(agent)], logs);

    /// <summary>
    /// Kills an agent in the middle of its next training: when its ledger says that the round is charged, and before
    /// its update is done.
    /// </summary>
    public async Task KillInTrainingAsync(string agent, CancellationToken cancellationToken)
    {
        var ledger = new FileInfo(Path.Combine(AgentFolder(agent), "ledger"));
        var before = ledger.Length;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            ledger.Refresh();
        }
        while (ledger.Length == before);

        processes[agent].Kill();
        await processes[agent].DisposeAsync();
        processes.Remove(agent);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(
            processes.Where(each => each.Key != "server").Select(each => each.Value.DisposeAsync().AsTask()));
        if (processes.TryGetValue("server", out var server)) await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static bool IsHost(string program) =>
        string.Equals(Path.GetFileNameWithoutExtension(program), "dotnet", StringComparison.Ordinal);

    private string AgentFolder(string agent) => Path.Combine(folder, "agents", agent);
}
