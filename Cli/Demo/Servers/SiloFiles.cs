using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Cli.Demo.Servers;

/// <summary>What the processes of a cluster share: blobs, configurations and secrets, in one folder.</summary>
internal sealed class SiloFiles
{
    /// <summary>Folder of the blobs, in that of the files.</summary>
    public const string Blobs = "blobs";

    private const int DrainSeconds = 5;
    private const int PassphraseLength = 64;

    private readonly string folder;
    private readonly string passphrase;
    private readonly string database;

    /// <summary>Makes them.</summary>
    /// <param name="folder">Is made.</param>
    /// <param name="connection">Of the database.</param>
    public SiloFiles(string folder, string connection)
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        passphrase = WriteSecret("passphrase", RandomNumberGenerator.GetHexString(PassphraseLength));
        database = WriteSecret("database", connection);
    }

    /// <summary>Configurations of silos, which agents and people cannot reach.</summary>
    /// <returns>Their paths; each silo has two ports that were free.</returns>
    public IReadOnlyList<string> WriteSilos(int count)
    {
        var ports = FreePorts(2 * count);
        return
        [
            .. Enumerable.Range(0, count).Select(silo =>
            {
                var config = Common("silo");
                config["silo"] = new JsonObject
                {
                    ["endpoint"] = Loopback(ports[2 * silo]),
                    ["gateway"] = Loopback(ports[(2 * silo) + 1]),
                };
                return Write(string.Create(CultureInfo.InvariantCulture, $"silo-{silo + 1}.json"), config);
            }),
        ];
    }

    /// <summary>Configuration of a process that agents and people reach, and that hosts no grain.</summary>
    /// <param name="profile">Where it writes the owner's profile.</param>
    /// <returns>Its path.</returns>
    public string WriteGateway(string profile)
    {
        var config = Common("gateway");
        config["agents"] = Loopback(port: 0);
        config["admin"] = Loopback(port: 0);
        config["ownerProfile"] = profile;
        return Write("gateway.json", config);
    }

    private JsonObject Common(string role) => new()
    {
        ["cluster"] = "demo",
        ["databaseFile"] = database,
        ["blobs"] = new JsonObject { ["folder"] = Path.Combine(folder, Blobs) },
        ["passphraseFile"] = passphrase,
        ["roles"] = new JsonArray(role),
        ["health"] = Loopback(port: 0),
        ["drainSeconds"] = DrainSeconds,
    };

    /// <summary>Ports that nobody listens on. All are held until the last is found, so that they differ.</summary>
    private static int[] FreePorts(int count)
    {
        var held = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, port: 0)).ToList();
        try
        {
            foreach (var listener in held) listener.Start();
            return [.. held.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in held) listener.Dispose();
        }
    }

    private static string Loopback(int port) => new IPEndPoint(IPAddress.Loopback, port).ToString();

    private string WriteSecret(string name, string text)
    {
        var path = Path.Combine(folder, name);
        PrivateFiles.Write(path, text, replace: false);
        return path;
    }

    private string Write(string name, JsonObject config)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }
}
