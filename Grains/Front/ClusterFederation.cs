using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Service;
using FedLowRank.Grains.People;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Grains.Front;

/// <summary>The application service on a cluster, as seen from one process: a silo, or a client of silos.</summary>
public sealed class ClusterFederation : IFederation, IAsyncDisposable
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(15);

    private readonly FrontLink link;
    private readonly ClusterAgents agents;

    private ClusterFederation(IGrainFactory grains, ClusterFederationOptions options)
    {
        agents = new(
            grains, new(options.Authority, options.Random, options.Time, options.AgentCertificateLifetime));
        link = new(grains, agents, options.Logging.CreateLogger<ClusterFederation>());
        Runs = new ClusterRuns(grains, link, options.Random);
        Users = new UserService(new ClusterUserBook(grains), options.Random);
        Audit = new ClusterAudit(grains);
    }

    /// <inheritdoc/>
    public IRunService Runs { get; }

    /// <inheritdoc/>
    public IAgentService Agents => agents;

    /// <inheritdoc/>
    public IUserService Users { get; }

    /// <inheritdoc/>
    public IAuditService Audit { get; }

    /// <summary>Whether the cluster has answered lately.</summary>
    public bool IsReady => link.HasAnswered(AnswerMax);

    /// <summary>Completes when the cluster has answered for the first time.</summary>
    public Task ConnectedAsync(CancellationToken cancellationToken) => link.ConnectedAsync(cancellationToken);

    /// <summary>Begins to serve.</summary>
    /// <param name="grains">Of a silo or a connected client; may be used until the result is disposed of.</param>
    /// <param name="options">What else it needs.</param>
    public static ClusterFederation Open(IGrainFactory grains, ClusterFederationOptions options) =>
        new(grains, options);

    /// <summary>Ends the ties to the cluster; whoever still listens here counts as gone soon.</summary>
    public async ValueTask DisposeAsync()
    {
        await link.DisposeAsync();
        agents.Close();
    }
}
