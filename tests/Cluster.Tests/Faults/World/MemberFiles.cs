using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Cluster.Tests.Faults.World;

/// <summary>Writes the configurations of a cluster's processes.</summary>
internal sealed class MemberFiles
{
    private const int PassphraseLength = 64;

    private readonly string folder;
    private readonly string passphrase;

    /// <summary>For the processes of one cluster.</summary>
    /// <param name="folder">Where they are written.</param>
    public MemberFiles(string folder)
    {
        this.folder = folder;
        passphrase = Path.Combine(folder, "passphrase");
        PrivateFiles.Write(passphrase, RandomNumberGenerator.GetHexString(PassphraseLength), replace: false);
    }

    /// <summary>Connection string of the database.</summary>
    public required string Database { get; init; }

    /// <summary>Where all processes keep blobs.</summary>
    public required string Blobs { get; init; }

    /// <summary>A silo that agents and people cannot reach.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="address">Where other silos reach it.</param>
    /// <param name="ports">For silos, and for gateways.</param>
    /// <param name="database">Where this one reaches the database otherwise.</param>
    public string Silo(string name, IPAddress address, (int Silo, int Gateway) ports, string? database = null)
    {
        var config = Common("silo", database ?? Database);
        config["silo"] = new JsonObject
        {
            ["endpoint"] = new IPEndPoint(address, ports.Silo).ToString(),
            ["gateway"] = new IPEndPoint(address, ports.Gateway).ToString(),
        };
        return Write(name, config);
    }

    /// <summary>A process that agents and people reach by way of a relay, and that hosts no grain.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="agents">Where agents reach this one, and the address they are told.</param>
    /// <param name="admin">The same for people.</param>
    /// <param name="profile">Where it writes the owner's profile; null for nowhere.</param>
    public string Gateway(string name, (int Port, Uri Told) agents, (int Port, Uri Told) admin, string? profile)
    {
        var config = Common("gateway", Database);
        config["agents"] = new IPEndPoint(IPAddress.Loopback, agents.Port).ToString();
        config["agentAddress"] = agents.Told.ToString();
        config["admin"] = new IPEndPoint(IPAddress.Loopback, admin.Port).ToString();
        config["adminAddress"] = admin.Told.ToString();
        if (profile is not null) config["ownerProfile"] = profile;
        return Write(name, config);
    }

    private JsonObject Common(string role, string database) => new()
    {
        ["cluster"] = "faults",
        ["database"] = database,
        ["blobs"] = new JsonObject { ["folder"] = Blobs },
        ["passphraseFile"] = passphrase,
        ["roles"] = new JsonArray(role),
        ["drainSeconds"] = 5,
    };

    private string Write(string name, JsonObject config)
    {
        var path = Path.Combine(folder, name + ".json");
        File.WriteAllText(path, config.ToJsonString());
        return path;
    }
}
