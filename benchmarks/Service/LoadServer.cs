using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Work;
using FedLowRank.Training;

namespace FedLowRank.Benchmarks.Service;

/// <summary>
/// A server's folder as it is after weeks: agents have enrolled, runs are drafted. It is made in this process, by the
/// application service itself, because the gateway lets nobody enrol a thousand agents in a minute.
/// </summary>
/// <param name="Folder">The server's data.</param>
/// <param name="Authority">Certificate of its authority.</param>
/// <param name="Agents">Certificates of the agents, with their keys.</param>
internal sealed record LoadServer(string Folder, X509Certificate2 Authority, IReadOnlyList<X509Certificate2> Agents)
{
    /// <summary>Makes the folder.</summary>
    /// <param name="folder">Not there yet.</param>
    /// <param name="agents">How many.</param>
    /// <param name="plan">What the runs fine-tune.</param>
    /// <param name="runs">Names of the runs, each with the size of its cohort.</param>
    public static async Task<LoadServer> CreateAsync(
        string folder, int agents, LoadPlan plan, params (string Name, int Cohort)[] runs)
    {
        var random = new CryptographicRandomSource();
        await using var opened = await ServerFolder.OpenAsync(folder, passphrase: null, random);
        await using var federation = await SingleFederation.OpenAsync(new()
        {
            Journal = opened.Journal,
            Blobs = opened.Blobs,
            Work = new RoundWork(opened.Blobs),
            Authority = opened.Authority,
            Random = random,
        });
        var certificates = await Task.WhenAll(Enumerable.Range(0, agents).Select(i => EnrolAsync(
            federation.Agents, AgentOf(i))));
        var start = await StoreAsync(opened.Blobs, plan.Start(), $"{folder}.start");
        foreach (var (name, cohort) in runs)
        {
            var made = await federation.Runs.CreateAsync(new(new(name), plan.Plan(cohort), start), "benchmark");
            if (made is RunCreation.Refused refused) throw new InvalidOperationException(refused.Message);
        }

        var authority = X509CertificateLoader.LoadCertificate(opened.Authority.Certificate.RawDataMemory.Span);
        return new(folder, authority, certificates);
    }

    /// <summary>Name of an agent.</summary>
    public static AgentId AgentOf(int index) => new(FormattableString.Invariant($"agent-{index:0000}"));

    /// <summary>Stores an adapter that runs are to start from.</summary>
    /// <param name="blobs">Where to.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="path">A file for the time that it takes.</param>
    public static async Task<BlobHash> StoreAsync(IBlobStore blobs, Adapter adapter, string path)
    {
        await using var file = new FileStream(
            path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        AdapterFile.Write(adapter, file);
        return (await blobs.PutAsync(file)).Hash;
    }

    private static async Task<X509Certificate2> EnrolAsync(IAgentService agents, AgentId agent)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Require(AgentRequest.Read(AgentRequest.Create(key)));
        var invite = Require(await agents.InviteAsync(agent, AgentRole.Trainer, TimeSpan.FromDays(1), "benchmark"));
        var issued = Require(await agents.RedeemAsync(agent, invite.Token, request));
        using var certificate = X509Certificate2.CreateFromPem(issued.Pem);
        return certificate.CopyWithPrivateKey(key);
    }

    private static T Require<T>(Outcome<T> outcome)
        where T : notnull => outcome is Outcome<T>.Accepted accepted
            ? accepted.Value
            : throw new InvalidOperationException(((Outcome<T>.Refused)outcome).Refusal.Message);
}
