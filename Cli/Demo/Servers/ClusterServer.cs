using System.Globalization;
using System.Text.Json;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Verbs;

namespace FedLowRank.Cli.Demo.Servers;

/// <summary>
/// <c>fedlowrank-silo</c>: PostgreSQL, silos and a gateway, each a process of its own; only the gateway is reached by
/// agents and people.
/// </summary>
/// <param name="options">How many silos, and which database.</param>
/// <param name="folder">For blobs, configurations and secrets.</param>
/// <param name="logs">Folder for the logs.</param>
/// <param name="hurry">Once it is cancelled, processes are killed instead of asked to end.</param>
internal sealed class ClusterServer(ClusterOptions options, string folder, string logs, CancellationToken hurry)
    : IDemoServer
{
    private readonly IDemoDatabase database =
        options.Database is { } server ? new BorrowedDatabase(server) : new PrivateDatabase(logs);

    private readonly DemoProcesses silos = new(logs, hurry);
    private readonly DemoProcesses gateways = new(logs, hurry);
    private IReadOnlyList<string> configurations = [];

    /// <summary>Connection string of the cluster's database, once it serves.</summary>
    public string Database { get; private set; } = "";

    /// <summary>The processes of the silos, once it serves.</summary>
    public IReadOnlyList<int> Silos { get; private set; } = [];

    /// <inheritdoc/>
    public string Profile => Path.Combine(folder, ProfilePlaces.OwnerFile);

    /// <inheritdoc/>
    public async Task<ServedAddresses> StartAsync(Action<string> say, CancellationToken cancellationToken)
    {
        if (!File.Exists(options.Program))
        {
            throw AdminException.BadInput(
                "no-silo", $"the cluster's program is not at {options.Program}; say where it is with --silo");
        }

        Database = await database.StartAsync(cancellationToken);
        var files = new SiloFiles(folder, Database);
        configurations = files.WriteSilos(options.Silos);
        await silos.RunAsync(
            new("schema", options.Program, ["schema", "--config", configurations[0]]), cancellationToken);
        say(options.Database is null
            ? "PostgreSQL is started for the cluster, and has its tables"
            : "the database server has a new database for the cluster, with its tables");
        var started = Enumerable.Range(0, options.Silos).Select(StartSilo).ToList();
        Silos = [.. started.Select(silo => silo.Id)];
        await Task.WhenAll(started.Select(silo => silo.FirstLineAsync(cancellationToken)));
        var line = await gateways.Start(Run("gateway", files.WriteGateway(Profile))).FirstLineAsync(cancellationToken);
        var served = JsonSerializer.Deserialize(line, AdminJson.Default.ServedAddresses)
            ?? throw new JsonException("the gateway said null");
        var silosServe = options.Silos == 1 ? "a silo and" : $"{options.Silos} silos and";
        say($"{silosServe} a gateway serve; agents connect at {served.Agents}");
        return served;
    }

    /// <inheritdoc/>
    public async Task<string?> KillPartAsync()
    {
        await silos.KillAsync(NameOf(0));
        if (options.Silos > 1) return $"{NameOf(0)} is killed (SIGKILL), and the others take over";
        StartSilo(0);
        return "the only silo is killed (SIGKILL), and started again";
    }

    /// <summary>Those that need others end first.</summary>
    public async ValueTask DisposeAsync()
    {
        await gateways.DisposeAsync();
        await silos.DisposeAsync();
        await database.DisposeAsync();
    }

    private static string NameOf(int silo) => string.Create(CultureInfo.InvariantCulture, $"silo-{silo + 1}");

    private DemoProcess StartSilo(int silo) => silos.Start(Run(NameOf(silo), configurations[silo]));

    private DemoProgram Run(string name, string config) =>
        new(name, options.Program, ["run", "--config", config, "--json"]);
}
