using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
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

    /// <summary>An update as the gateway would have stored and screened it.</summary>
    protected async Task<RunEvent.UpdateSubmitted> RealUpdateAsync(
        RunId run, AgentId agent, RoundId round, BlobHash start)
    {
        var plan = (await Federation.Runs.FindAsync(run))!.Plan.Round;
        var form = UpdateForm.Of(plan, round.Number, AdapterShape.Of(Start()));
        var seed = BitConverter.ToInt32(Convert.FromHexString(NameOf(agent, round, start).ToString()), 0);
        var file = File(form, Update(form, seed));
        var hash = BlobHash.Of(SHA256.HashData(file));

        // As the gateway does: what counts was seen in the pass that made the upload a blob.
        var upload = new UploadId($"update-{Guid.NewGuid():N}");
        ScreenedUpdate? seen = null;
        await Blobs.BeginUploadAsync(upload, file.Length);
        await Blobs.WriteAsync(upload, 0, new MemoryStream(file));
        await Blobs.CompleteUploadAsync(upload, hash, async (content, token) =>
            seen = await UpdateScreening.InspectAsync(form, content, plan.Privacy is not null, token));
        return new(default, run, round, agent, hash, file.Length, Weight: 1, seen!.Screening)
        {
            Sections = await seen.Sections!.StoreAsync(Blobs),
        };
    }

    protected static BlobHash NameOf(AgentId agent, RoundId round, BlobHash start) =>
        BlobHash.Of(SHA256.HashData(Encoding.ASCII.GetBytes($"{agent} {round} {start}")));
}
