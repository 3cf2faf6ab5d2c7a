using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;

namespace FedLowRank.Gateway.Tests.Rig;

/// <summary>A gateway on loopback with real certificates, a real blob store and the pure machines behind it.</summary>
internal sealed class GatewayRig : IAsyncDisposable
{
    public static readonly RunId Run = new("spam");
    public static readonly RoundId Round = new(1, 1);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fedlowrank-gateway-");
    private readonly List<IDisposable> owned = [];

    private GatewayRig(IBlobStore? blobs, RunPlan plan)
    {
        Authority = CertificateAuthority.Create(Time.GetUtcNow(), new SystemBytes());
        Blobs = blobs ?? FileBlobStore.Open(folder.FullName);
        RunPlan = plan;
        Federation = new(Authority, Time);
    }

    public ShiftedTime Time { get; } = new();

    public CertificateAuthority Authority { get; }

    public IBlobStore Blobs { get; }

    /// <summary>Of the run.</summary>
    public RunPlan RunPlan { get; }

    public MemoryFederation Federation { get; }

    public RecordedLog Log { get; } = new();

    public bool IsReady { get; set; } = true;

    public GatewayServer Server { get; private set; } = null!;

    /// <summary>What an update of round 1 looks like.</summary>
    public UpdateForm Form { get; private set; } = null!;

    public BlobHash Manifest { get; private set; }

    public static RunPlan Plan { get; } = new(
        Rounds: 2,
        new RoundPlan
        {
            Method = "fedsvd",
            Period = 1,
            BaseModel = new(0, 1),
            Task = new(TaskKind.Classification, "text", "label", ["ham", "spam"], TokensMax: 48),
            LocalSteps = 10,
            SamplingRate = 0.1,
            Optimizer = new(OptimizerRule.Sgd, 0.01, 0.01, Momentum: 0, SecondDecay: 0.999, GradientNormMax: null),
            UpdateBound = 1,
            WeightMax = 10,
            UpdateBytesMax = 1 << 20,
            Privacy = new PrivacyTerms(NoiseMultiplier: 1, ClipNorm: 1, Delta: 1e-5),
        },
        new RoundPolicy
        {
            SelectingSeconds = 600,
            CollectingSeconds = 6000,
            WorkSeconds = 30,
            EvaluatingSeconds = 120,
            CohortSize = 2,
            OverSelection = 1,
            Quorum = 2,
            DistinctAgentsMin = 2,
            MissedQuorum = new(ExtendSeconds: 0, RetriesMax: 0, LastResort.Pause),
            WorkRetriesMax = 1,
        },
        new RunSchedule.Automatic(RestSeconds: 0),
        [new LayerShard("all", ["layer.0"])]);

    public static async Task<GatewayRig> StartAsync(
        Func<GatewayOptions, GatewayOptions>? change = null, IBlobStore? blobs = null, RunPlan? plan = null)
    {
        var rig = new GatewayRig(blobs, plan ?? Plan);
        await rig.StartServerAsync(change);
        return rig;
    }

    public async Task StartServerAsync(Func<GatewayOptions, GatewayOptions>? change = null)
    {
        var options = new GatewayOptions
        {
            AgentEndpoint = new(IPAddress.Loopback, 0),
            AdminEndpoint = new(IPAddress.Loopback, 0),
            Names = ["localhost", "127.0.0.1"],
        };
        Server = await GatewayServer.StartAsync(change?.Invoke(options) ?? options, new()
        {
            Federation = Federation,
            Blobs = Blobs,
            Authority = Authority,
            Time = Time,
            Random = new SystemBytes(),
            Logging = Log,
            ReadModel = TinyModel.Read,
            IsReady = () => IsReady,
        });
    }

    /// <summary>A client of the admin listener that judges the server by its authority.</summary>
    public HttpClient Anybody() => Client(Server.AdminAddress, certificate: null);

    /// <summary>A person with a role.</summary>
    public async Task<HttpClient> PersonAsync(AdminRole role, string? name = null)
    {
        var created = await Federation.Users.CreateAsync(
            new(name ?? $"{role}.{Guid.NewGuid():N}"), role, TimeSpan.FromDays(1), "test");
        return WithToken(AdminTokenText.Write(Accepted(created)));
    }

    public HttpClient WithToken(string token)
    {
        var client = Anybody();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    /// <summary>Enrols an agent without the gateway.</summary>
    public async Task<X509Certificate2> EnrolAsync(string agent, AgentRole role = AgentRole.Trainer)
    {
        var invite = Accepted(await Federation.Agents.InviteAsync(new(agent), role, TimeSpan.FromHours(1), "test"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Accepted(AgentRequest.Read(AgentRequest.Create(key)));
        return Joined(Accepted(await Federation.Agents.RedeemAsync(new(agent), invite.Token, request)).Pem, key);
    }

    public static X509Certificate2 Joined(string pem, ECDsa key)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>An agent's client.</summary>
    public HttpClient Agent(X509Certificate2? certificate, Version? version = null)
    {
        var client = Client(Server.AgentAddress, certificate);
        client.DefaultRequestVersion = version ?? HttpVersion.Version11;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return client;
    }

    public async Task<HttpClient> AgentAsync(string name, AgentRole role = AgentRole.Trainer) =>
        Agent(await EnrolAsync(name, role));

    /// <summary>A run whose round 1 collects the updates of berlin and paris.</summary>
    public async Task CollectAsync(params string[] agents)
    {
        await CreateRunAsync();
        var now = Time.GetUtcNow();
        foreach (var agent in agents)
            await Federation.Runs.ApplyAsync(Run, new RunEvent.AgentPresent(now, new(agent), AgentRole.Trainer));
        await Federation.Runs.ApplyAsync(Run, new RunEvent.Asked(now, new("go"), "test", new RunCommand.Start()));
        foreach (var agent in agents)
            await Federation.Runs.ApplyAsync(Run, new RunEvent.AgentJoined(now, new(agent), Round));
    }

    /// <summary>An adapter that suits the plan.</summary>
    public static byte[] StartFile()
    {
        using var file = new MemoryStream();
        AdapterFile.Write(NewAdapter(), file);
        return file.ToArray();
    }

    /// <summary>Changes a stored blob behind the store's back.</summary>
    public Task DamageAsync(BlobHash blob) => File.AppendAllTextAsync(
        Path.Combine(folder.FullName, "blobs", blob.ToString()[..2], blob.ToString()), "x");

    public async Task CreateRunAsync()
    {
        var start = await Blobs.PutAsync(new MemoryStream(StartFile()));
        var manifest = ManifestJson.Write(new(Run, Round: null, Start: null, RunPlan, Updates: [], [start.Hash]));
        Manifest = (await Blobs.PutAsync(new MemoryStream(manifest))).Hash;
        Form = UpdateForm.Of(RunPlan.Round, Round.Number, AdapterShape.Of(NewAdapter()));
        Federation.Runs.Manifest = _ => Manifest;
        Assert.IsType<RunCreation.Created>(
            await Federation.Runs.CreateAsync(new(Run, RunPlan, start.Hash), "test"));
    }

    /// <summary>An update on the grid, each number its own.</summary>
    public byte[] Update(int number)
    {
        var values = new float[Form.Grid.Layout.Count];
        values[0] = number / 1024f;
        using var file = new MemoryStream();
        Form.Write(values, file);
        return file.ToArray();
    }

    public static T Accepted<T>(Outcome<T> outcome)
        where T : notnull => Assert.IsType<Outcome<T>.Accepted>(outcome).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var each in owned) each.Dispose();
        await Server.DisposeAsync();
        Authority.Dispose();
        folder.Delete(recursive: true);
    }

    private static Adapter NewAdapter()
    {
        var shape = new LoraShape("layer.0", 64, 512, 4, alpha: 8);
        return new([new(shape, new double[shape.A.Count], new double[shape.B.Count])], []);
    }

    private HttpClient Client(Uri address, X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            Expect100ContinueTimeout = TimeSpan.FromSeconds(60),
            SslOptions = new()
            {
                ClientCertificateContext = certificate is null
                    ? null
                    : SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
                RemoteCertificateValidationCallback = (_, presented, _, _) => PeerCheck.Server(
                    presented as X509Certificate2, Authority.Certificate, address.Host, Time.GetUtcNow())
                    is Outcome<X509Certificate2>.Accepted,
            },
        };
        var client = new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        owned.Add(client);
        return client;
    }
}
