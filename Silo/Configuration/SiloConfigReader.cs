using System.Net;
using System.Text.RegularExpressions;
using Azure.Storage.Blobs;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using Npgsql;

namespace FedLowRank.Silo.Configuration;

/// <summary>Reads a configuration; faults are added to its object.</summary>
/// <param name="root">The whole file.</param>
/// <param name="folder">What relative paths are relative to.</param>
internal sealed partial class SiloConfigReader(ConfigObject root, string folder)
{
    private const string SiloRole = "silo";
    private const string GatewayRole = "gateway";
    private const int DrainSecondsMax = 3600;
    private const int DetectionSecondsMin = 5;
    private const int DetectionSecondsMax = 120;
    private static readonly string[] Roles = [SiloRole, GatewayRole];
    private static readonly IPEndPoint DevelopmentSilo = new(IPAddress.Loopback, 11111);
    private static readonly IPEndPoint DevelopmentGateway = new(IPAddress.Loopback, 30000);

    /// <summary>All of it.</summary>
    public SiloConfig Read()
    {
        var cluster = root.Text("cluster", "fedlowrank");
        if (!ClusterName().IsMatch(cluster))
            root.Fail("cluster", $"is \"{cluster}\"; expected 1 to 63 letters, digits, '.', '_' or '-'");
        var isDevelopment = root.Has("folder");
        var drain = TimeSpan.FromSeconds(root.Integer("drainSeconds", 0, DrainSecondsMax, 30));
        var roles = ReadRoles(isDevelopment);
        return new()
        {
            Cluster = cluster,
            Storage = isDevelopment ? ReadFolder() : new StorageConfig.Shared(ReadDatabase(), ReadBlobs()),
            Passphrase = ReadPassphrase(isDevelopment),
            Silo = roles.Contains(SiloRole) ? ReadSilo(isDevelopment) : Refuse<SiloEndpoints>(SiloRole, "silo"),
            Gateway = roles.Contains(GatewayRole)
                ? new GatewayConfigReader(root, FullPath).Read(drain)
                : Refuse<Gateway.GatewayOptions>(GatewayRole, GatewayConfigReader.Fields),
            OwnerProfile = root.OptionalText("ownerProfile") is { } file ? FullPath(file) : null,
            Health = root.Endpoint("health"),
            Telemetry = ReadTelemetry(),
            Drain = drain,
            Detection = TimeSpan.FromSeconds(
                root.Integer("detectionSeconds", DetectionSecondsMin, DetectionSecondsMax, 10)),
        };
    }

    /// <summary>The connection string; empty after a fault.</summary>
    public string ReadDatabase()
    {
        const string Field = "database";
        if (root.Has(Field) == root.Has("databaseFile"))
        {
            root.Fail(Field, "and databaseFile are both given or both missing; expected exactly one of the two");
            return string.Empty;
        }

        var (field, text) = root.Has(Field) ? (Field, root.Text(Field)) : ("databaseFile", ReadSecret("databaseFile"));
        try
        {
            // The message of a bad one would repeat it.
            _ = new NpgsqlConnectionStringBuilder(text);
            return text;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            root.Fail(
                field, "is no connection string of PostgreSQL; expected for example Host=db;Username=u;Database=d");
            return string.Empty;
        }
    }

    private string FullPath(string path) => path.Length == 0 ? path : Path.GetFullPath(path, folder);

    private HashSet<string> ReadRoles(bool isDevelopment)
    {
        var roles = root.Has("roles") ? root.Texts("roles") : [.. Roles];
        foreach (var role in roles.Except(Roles))
            root.Fail("roles", $"names \"{role}\"; expected one or both of {string.Join(", ", Roles)}");
        if (roles.Length != roles.Distinct().Count()) root.Fail("roles", "names a role twice");
        if (isDevelopment && roles.Length < Roles.Length)
            root.Fail("roles", "names one role; with folder, which is for one silo by itself, expected both");
        return [.. roles];
    }

    private StorageConfig.Folder ReadFolder()
    {
        foreach (var field in (string[])["database", "databaseFile", "blobs"])
        {
            if (root.Has(field)) root.Fail(field, "is given with folder, which is for development, without it");
        }

        return new(FullPath(root.Text("folder")));
    }

    private BlobsConfig ReadBlobs()
    {
        var blobs = root.Object("blobs");
        var isFolder = blobs.Has("folder");
        if (isFolder == blobs.Has("azure"))
            root.Fail("blobs", "has both folder and azure, or neither; expected exactly one of the two");
        BlobsConfig read = isFolder || !blobs.Has("azure")
            ? new BlobsConfig.Folder(FullPath(blobs.OptionalText("folder") ?? string.Empty))
            : ReadAzure(blobs.Object("azure"));
        blobs.RefuseUnknown();
        return read;
    }

    private BlobsConfig ReadAzure(ConfigObject azure)
    {
        var container = azure.Text("container");
        if (!ContainerName().IsMatch(container))
        {
            azure.Fail("container", $"is \"{container}\"; expected 3 to 63 small letters, digits or single '-'");
        }

        var isService = azure.Has("service");
        if (isService == azure.Has("connectionStringFile"))
        {
            azure.Fail(
                "service", "and connectionStringFile are both given or both missing; expected exactly one of the two");
        }

        BlobsConfig read = isService
            ? new BlobsConfig.AzureService(container, Address(azure, "service", Uri.UriSchemeHttps))
            : new BlobsConfig.AzureConnection(
                container, azure.Has("connectionStringFile") ? ReadAccount(azure, container) : string.Empty);
        azure.RefuseUnknown();
        return read;
    }

    private string ReadAccount(ConfigObject azure, string container)
    {
        const string Field = "connectionStringFile";
        var text = ReadSecret(Field, azure);
        if (root.HasFaults) return text;
        try
        {
            _ = new BlobContainerClient(text, container);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            azure.Fail(Field, "holds no connection string of a storage account");
        }

        return text;
    }

    private string? ReadPassphrase(bool isDevelopment)
    {
        const string Field = "passphraseFile";
        if (!root.Has(Field))
        {
            if (!isDevelopment)
            {
                root.Fail(
                    Field, "is missing; the keys of a cluster are stored encrypted, expected a file with a passphrase");
            }

            return null;
        }

        var passphrase = ReadSecret(Field);
        if (passphrase.Length is > 0 and < AuthorityFile.PassphraseMin)
        {
            root.Fail(
                Field,
                $"holds a passphrase of {passphrase.Length} characters; expected at least " +
                AuthorityFile.PassphraseMin);
        }

        return passphrase;
    }

    /// <summary>What a file of mode 0600 holds, without the end of its line; empty after a fault.</summary>
    private string ReadSecret(string field, ConfigObject? parent = null)
    {
        parent ??= root;
        var path = FullPath(parent.Text(field));
        if (path.Length == 0) return string.Empty;
        try
        {
            var text = PrivateFiles.Read(path).TrimEnd('\r', '\n');
            if (text.Length == 0) parent.Fail(field, $"{path} is empty");
            return text;
        }
        catch (Exception error) when (error is IdentityFileException or IOException or UnauthorizedAccessException)
        {
            parent.Fail(field, error.Message);
            return string.Empty;
        }
    }

    private SiloEndpoints ReadSilo(bool isDevelopment)
    {
        if (isDevelopment && !root.Has("silo")) return new(DevelopmentSilo, DevelopmentGateway);
        var silo = root.Object("silo");
        var own = ReadOwn(silo, "endpoint");
        var gateway = ReadOwn(silo, "gateway");
        if (!own.Address.Equals(gateway.Address))
            silo.Fail("gateway", $"is {gateway}; expected a port of the endpoint's address, {own.Address}");
        else if (own.Port == gateway.Port)
            silo.Fail("gateway", $"is {gateway}, which is also the endpoint; expected another port");
        if (isDevelopment && !IPAddress.IsLoopback(own.Address))
            silo.Fail("endpoint", $"is {own}; with folder, which is for development, expected a loopback address");
        silo.RefuseUnknown();
        return new(own, gateway);
    }

    private static IPEndPoint ReadOwn(ConfigObject silo, string name)
    {
        if (!silo.Has(name)) silo.Fail(name, "is missing; expected for example 10.0.0.1:11111");
        if (silo.Endpoint(name) is not { } endpoint) return DevelopmentSilo;
        if (endpoint.Port == 0 || endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any))
        {
            silo.Fail(
                name, $"is {endpoint}; expected the address and port by which the other processes reach this one");
        }

        return endpoint;
    }

    private Uri? ReadTelemetry() =>
        root.Has("telemetry") ? Address(root, "telemetry", Uri.UriSchemeHttp, Uri.UriSchemeHttps) : null;

    private static Uri Address(ConfigObject parent, string name, params ReadOnlySpan<string> schemes)
    {
        var text = parent.Text(name);
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && schemes.Contains(address.Scheme)) return address;
        if (text.Length > 0) parent.Fail(name, $"is \"{text}\"; expected an address that begins with {schemes[^1]}://");
        return new("https://nowhere.invalid");
    }

    private T? Refuse<T>(string role, params ReadOnlySpan<string> fields)
        where T : class
    {
        foreach (var field in fields)
        {
            if (root.Has(field)) root.Fail(field, $"is given, and roles does not name {role}, which alone uses it");
        }

        return null;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,63}\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClusterName();

    [GeneratedRegex(@"\A(?=.{3,63}\z)[a-z0-9]+(-[a-z0-9]+)*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ContainerName();
}
