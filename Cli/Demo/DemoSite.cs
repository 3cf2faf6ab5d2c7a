using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Demo.Servers;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Demo;

/// <summary>
/// The machines of the demo, each a folder and a process: a server, or several, and agents, on loopback with mutual
/// TLS. When it is disposed of, nothing of them is left but the logs.
/// </summary>
internal sealed class DemoSite : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-demo-").FullName;
    private readonly string agentProgram;
    private readonly DemoProcesses agents;

    /// <summary>Makes the folders, and starts nothing.</summary>
    /// <param name="options">Which programs, and on what they are served.</param>
    /// <param name="hurry">Once it is cancelled, processes are killed instead of asked to end.</param>
    public DemoSite(DemoOptions options, CancellationToken hurry)
    {
        agentProgram = options.Agent;
        Logs = Directory.CreateDirectory(Path.Combine(options.Output, "logs")).FullName;
        foreach (var old in Directory.GetFiles(Logs, "*.log")) File.Delete(old);
        agents = new(Logs, hurry);
        var server = Path.Combine(folder, "server");
        Server = options.Cluster is { } cluster
            ? new ClusterServer(cluster, server, Logs, hurry)
            : new SingleServer(server, Logs, hurry);
    }

    /// <summary>What serves the agents.</summary>
    public IDemoServer Server { get; }

    /// <summary>Folder of the logs.</summary>
    public string Logs { get; }

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
        await agents.RunAsync(
            new(agent, agentProgram, ["enrol", "--invite-file", invite, "--folder", home]), cancellationToken);
    }

    /// <summary>Starts an agent that has enrolled.</summary>
    public void StartAgent(string agent) =>
        agents.Start(new(agent, agentProgram, ["run", "--folder", AgentFolder(agent)]));

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

        await agents.KillAsync(agent);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await agents.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private string AgentFolder(string agent) => Path.Combine(folder, "agents", agent);
}
