using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>A federation, what it stands on, and a way to kill it.</summary>
public abstract class FederationWorld : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public TestClock Clock { get; } = new(Noon);

    public abstract IFederation Federation { get; }

    public abstract IBlobStore Blobs { get; }

    public abstract TestWork Work { get; }

    public abstract CertificateAuthority Authority { get; }

    /// <summary>Ends the federation and makes a new one of what it has stored.</summary>
    /// <param name="isCrash">Nothing is stored from this moment on, not even by what is in progress.</param>
    public abstract Task RestartAsync(bool isCrash);

    public abstract ValueTask DisposeAsync();
}
