using System.Text.Json;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Verbs;

namespace FedLowRank.Cli.Demo.Servers;

/// <summary><c>fedlowrank serve</c>: a federation in one process.</summary>
/// <param name="folder">For its data.</param>
/// <param name="logs">Folder for its log.</param>
/// <param name="hurry">Once it is cancelled, the server is killed instead of asked to end.</param>
internal sealed class SingleServer(string folder, string logs, CancellationToken hurry) : IDemoServer
{
    private readonly DemoProcesses processes = new(logs, hurry);

    /// <inheritdoc/>
    public string Profile => Path.Combine(folder, ProfilePlaces.OwnerFile);

    /// <inheritdoc/>
    public async Task<ServedAddresses> StartAsync(Action<string> say, CancellationToken cancellationToken)
    {
        string[] arguments =
            ["serve", "--folder", folder, "--agents", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--json"];
        var server = processes.Start(new("server", ThisProgram, arguments));
        var line = await server.FirstLineAsync(cancellationToken);
        var served = JsonSerializer.Deserialize(line, AdminJson.Default.ServedAddresses)
            ?? throw new JsonException("the server said null");
        say($"a server listens at {served.Agents} for agents, with its own certificate authority");
        return served;
    }

    /// <inheritdoc/>
    public Task<string?> KillPartAsync() => Task.FromResult<string?>(null);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => processes.DisposeAsync();

    private static string ThisProgram =>
        string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.Ordinal)
            ? typeof(SingleServer).Assembly.Location
            : Environment.ProcessPath!;
}
