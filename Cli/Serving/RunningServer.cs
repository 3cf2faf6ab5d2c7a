using System.Net;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Work;
using FedLowRank.Gateway;
using FedLowRank.Privacy;
using FedLowRank.Training.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FedLowRank.Cli.Serving;

/// <summary>A server in this process: one folder, one federation, one gateway.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly ServerFolder folder;
    private readonly SingleFederation federation;

    private RunningServer(
        ServerFolder folder, SingleFederation federation, GatewayServer gateway, IReadOnlyList<string> warnings) =>
        (this.folder, this.federation, Gateway, Warnings) = (folder, federation, gateway, warnings);

    public GatewayServer Gateway { get; }

    /// <summary>SHA-256 of the authority's certificate.</summary>
    public Aggregation.Rounds.Values.BlobHash Authority => folder.Authority.Fingerprint;

    /// <summary>What the operator is to hear at every start.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Opens the folder and serves it.</summary>
    /// <param name="config">What the operator says; see the defaults of <see cref="ServeCommand"/>.</param>
    /// <param name="host">Gives the clock, and the randomness of keys, tokens and seeds.</param>
    /// <param name="logging">Where the log goes.</param>
    /// <param name="cancellationToken">Stops the starting.</param>
    /// <exception cref="AdminException">The options cannot be used.</exception>
    public static async Task<RunningServer> StartAsync(
        ServeConfig config, CommandHost host, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        var (random, time) = (host.Random, host.Time);
        var options = Options(config);
        Check(options);
        var path = Path.GetFullPath(config.Folder!);
        var passphrase = config.PassphraseFile is { } file ? PrivateFiles.Read(file).TrimEnd('\r', '\n') : null;
        var opened = await OpenFolderAsync(path, passphrase, random, time, cancellationToken);
        var parts = host.ServerParts(new(opened.Journal, opened.Blobs, new RoundWork(opened.Blobs)));
        SingleFederation? served = null;
        GatewayServer? gateway = null;
        try
        {
            await RequireJournalAsync(path, opened, cancellationToken);
            served = await SingleFederation.OpenAsync(
                new()
                {
                    Journal = parts.Journal,
                    Blobs = parts.Blobs,
                    Work = parts.Work,
                    Authority = opened.Authority,
                    Random = random,
                    Time = time,
                    Logging = logging,
                    Retention = config.Retention ?? new(),
                },
                cancellationToken);
            gateway = await GatewayServer.StartAsync(
                options,
                new()
                {
                    Federation = served,
                    Blobs = parts.Blobs,
                    Authority = opened.Authority,
                    Time = time,
                    Random = random,
                    Logging = logging,
                    ReadModel = json => ModelShape.Parse(json.Span),
                    Retention = config.Retention ?? new(),
                    IsReady = () => served.IsReady,
                },
                cancellationToken);
            var warnings = Warn(opened.Warning, options);
            var noOwner = await OwnerProfile.KeepAsync(
                Path.Combine(path, ProfilePlaces.OwnerFile), served.Users, opened.Authority, gateway.AdminAddress,
                time.GetUtcNow(), cancellationToken);
            if (noOwner is not null) warnings.Add(noOwner);
            return new(opened, served, gateway, warnings);
        }
        catch
        {
            if (gateway is not null) await gateway.DisposeAsync();
            if (served is not null) await served.DisposeAsync();
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes no more requests, lets those in progress end, and closes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await federation.DisposeAsync();
        await folder.DisposeAsync();
    }

    private static GatewayOptions Options(ServeConfig config)
    {
        var (agents, admin) = (config.Agents!, config.Admin!);
        string[] here = ["localhost", "127.0.0.1", "::1"];
        var isLocal = IPAddress.IsLoopback(agents.Address);
        return new()
        {
            AgentEndpoint = agents,
            AdminEndpoint = admin,
            Names = config.Names is { } names
                ? [.. names.Concat(here).Distinct(StringComparer.OrdinalIgnoreCase)]
                : isLocal ? here : [Dns.GetHostName(), .. here],

            // Whoever is told the first name where only this machine is served would dial in vain.
            AdminAddress = IPAddress.IsLoopback(admin.Address) && admin.Port != 0
                ? new Uri($"https://{admin}")
                : null,
            IsDevelopment = config.IsDevelopment ?? false,
            Oidc = config.Oidc,
        };
    }

    private static void Check(GatewayOptions options)
    {
        try
        {
            options.Check();
        }
        catch (Exception error) when (error is ArgumentException or OptionsValidationException)
        {
            throw AdminException.BadInput("bad-options", error.Message, error);
        }
    }

    private static async Task<ServerFolder> OpenFolderAsync(
        string path, string? passphrase, IRandomSource random, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await ServerFolder.OpenAsync(path, passphrase, random, time, cancellationToken);
        }
        catch (ArgumentException error)
        {
            throw AdminException.BadInput("bad-passphrase", error.Message, error);
        }
    }

    /// <summary>
    /// An owner's profile is written after the journal knows of the owner. Where the journal knows nothing, somebody
    /// has taken it away, with all runs, agents and the audit log, and a new one would hide that.
    /// </summary>
    private static async Task RequireJournalAsync(string path, ServerFolder opened, CancellationToken cancellationToken)
    {
        var owner = Path.Combine(path, ProfilePlaces.OwnerFile);
        if (!File.Exists(owner) || (await opened.Journal.ListAsync(prefix: "", cancellationToken)).Count > 0) return;
        throw AdminException.BadInput(
            "journal-missing",
            $"{path}: the journal is gone; restore it from a copy, or, to begin anew without its runs, agents and "
            + $"audit log, move {owner} away");
    }

    private static List<string> Warn(string? aboutKey, GatewayOptions options)
    {
        var warnings = new List<string>();
        if (aboutKey is not null) warnings.Add($"{aboutKey} Give a passphrase with --passphrase-file.");
        if (options.IsDevelopment)
            warnings.Add("DEVELOPMENT MODE: whoever is on this machine is owner, without a token. For trials only.");
        if (IPAddress.IsLoopback(options.AdminEndpoint.Address) &&
            !IPAddress.IsLoopback(options.AgentEndpoint.Address))
        {
            warnings.Add(
                "agents on other machines cannot enrol: enrolment is on the admin listener, which only this machine " +
                "reaches. Open it with --admin 0.0.0.0:8444, or carry it there by other means.");
        }

        return warnings;
    }
}
