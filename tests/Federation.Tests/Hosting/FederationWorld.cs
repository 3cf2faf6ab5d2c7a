using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using static FedLowRank.Federation.Tests.Checkpoints.CheckpointSamples;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>A federation, what it stands on, and a way to kill it.</summary>
public abstract class FederationWorld : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A layer that is in no plan.</summary>
    public const string BadLayer = "layer.9";

    public TestClock Clock { get; } = new(Noon);

    public abstract IFederation Federation { get; }

    public abstract IBlobStore Blobs { get; }

    public abstract HeldWork Work { get; }

    public abstract CertificateAuthority Authority { get; }

    /// <summary>Ends the federation and makes a new one of what it has stored.</summary>
    /// <param name="isCrash">Nothing is stored from this moment on, not even by what is in progress.</param>
    public abstract Task RestartAsync(bool isCrash);

    public abstract ValueTask DisposeAsync();

    /// <summary>Stores an adapter that suits <see cref="TestPlans"/>, or one that does not.</summary>
    public Task<BlobHash> StoreStartAsync(bool isBad = false) =>
        PutAsync(Blobs, File(Start(isBad ? BadLayer : "layer.1")));

    /// <summary>
    /// What an agent has to submit when told to train: the same again after any interruption. The update is but a name.
    /// </summary>
    public virtual Task<RunEvent.UpdateSubmitted> UpdateAsync(
        RunId run, AgentId agent, RoundId round, BlobHash start) =>
        Task.FromResult(new RunEvent.UpdateSubmitted(
            default, run, round, agent, NameOf(agent, round, start), Bytes: 100, Weight: 1,
            new(ScreeningVerdict.Clean, Norm: null)));

    /// <summary>A small adapter.</summary>
    internal static Adapter Start(string second = "layer.1", ulong seed = 1) => new(
        new[] { "layer.0", second }.Select((module, i) => AdapterStart.Layer(
            new LoraShape(module, 6 + i, 9 - i, 2, 4), FactorStart.Orthonormal, seed)), []);

    protected static BlobHash NameOf(AgentId agent, RoundId round, BlobHash start) =>
        BlobHash.Of(SHA256.HashData(Encoding.ASCII.GetBytes($"{agent} {round} {start}")));
}
