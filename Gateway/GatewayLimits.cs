namespace FedLowRank.Gateway;

/// <summary>What one peer, and all together, may take of the server. The defaults serve 1,000 agents.</summary>
public sealed record GatewayLimits
{
    /// <summary>Most connections of the agent listener.</summary>
    public int AgentConnectionsMax { get; init; } = 10_000;

    /// <summary>Most connections of one agent.</summary>
    public int ConnectionsPerAgentMax { get; init; } = 16;

    /// <summary>Most connections from one address to the agent listener that have shown no certificate yet.</summary>
    public int HandshakesPerAddressMax { get; init; } = 2_500;

    /// <summary>Most connections of the admin listener.</summary>
    public int AdminConnectionsMax { get; init; } = 2_000;

    /// <summary>Most connections from one address to the admin listener.</summary>
    public int AdminConnectionsPerAddressMax { get; init; } = 500;

    /// <summary>Most uploads that are received or checked at once.</summary>
    public int UploadsMax { get; init; } = 64;

    /// <summary>Most uploads of one sender that are received or checked at once.</summary>
    public int UploadsPerSenderMax { get; init; } = 2;

    /// <summary>Most uploads of one sender that lie unfinished; a further one drops the oldest.</summary>
    public int UnfinishedPerSenderMax { get; init; } = 4;

    /// <summary>Most bytes of an adapter to start from.</summary>
    public long StartBytesMax { get; init; } = 16L << 30;

    /// <summary>How long a link holds by which an agent writes an update straight into the storage.</summary>
    public TimeSpan UploadLinkLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Most bytes of a JSON body.</summary>
    public int JsonBytesMax { get; init; } = 1 << 20;

    /// <summary>Most bytes of all headers of a request.</summary>
    public int HeaderBytesMax { get; init; } = 16 << 10;

    /// <summary>Most headers of a request.</summary>
    public int HeaderCountMax { get; init; } = 64;

    /// <summary>Fewest bytes a second, after <see cref="SlowGrace"/>, at which a body is sent or taken.</summary>
    public int BytesPerSecondMin { get; init; } = 1024;

    /// <summary>How long a body may stay below <see cref="BytesPerSecondMin"/>.</summary>
    public TimeSpan SlowGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For the handshake of TLS.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For all headers of a request.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For a request that is neither an upload, a download nor a stream of events.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For one part, or the check, of an upload, and for a download.</summary>
    public TimeSpan TransferTimeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>For a connection without a request.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>After which a peer that takes no events, or answers nothing at all, is dropped.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From one comment in a stream of events to the next.</summary>
    public TimeSpan HeartbeatPeriod { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>For requests in progress when the gateway stops.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests of one agent.</summary>
    public RateLimit AgentRequests { get; init; } = new(Burst: 200, PerSecond: 20);

    /// <summary>Certificates that one agent asks for in renewal; each is kept for good.</summary>
    public RateLimit Renewals { get; init; } = new(Burst: 10, PerSecond: 1.0 / 60);

    /// <summary>Requests from one address to what needs a token, and to the console.</summary>
    public RateLimit AdminRequests { get; init; } = new(Burst: 400, PerSecond: 50);

    /// <summary>Requests from one address to what is open.</summary>
    public RateLimit OpenRequests { get; init; } = new(Burst: 60, PerSecond: 5);

    /// <summary>Tries to enrol from one address, and likewise tries to sign in.</summary>
    public RateLimit EnrolTries { get; init; } = new(Burst: 20, PerSecond: 0.5);

    /// <summary>Entries in the audit log of what was turned away.</summary>
    public RateLimit TurnedAwayEntries { get; init; } = new(Burst: 60, PerSecond: 0.1);

    internal void Check()
    {
        Positive(nameof(AgentConnectionsMax), AgentConnectionsMax);
        Positive(nameof(ConnectionsPerAgentMax), ConnectionsPerAgentMax);
        Positive(nameof(HandshakesPerAddressMax), HandshakesPerAddressMax);
        Positive(nameof(AdminConnectionsMax), AdminConnectionsMax);
        Positive(nameof(AdminConnectionsPerAddressMax), AdminConnectionsPerAddressMax);
        Positive(nameof(UploadsMax), UploadsMax);
        Positive(nameof(UploadsPerSenderMax), UploadsPerSenderMax);
        Positive(nameof(UnfinishedPerSenderMax), UnfinishedPerSenderMax);
        Positive(nameof(StartBytesMax), StartBytesMax);
        Positive(nameof(JsonBytesMax), JsonBytesMax);
        Positive(nameof(HeaderBytesMax), HeaderBytesMax);
        Positive(nameof(HeaderCountMax), HeaderCountMax);
        Positive(nameof(BytesPerSecondMin), BytesPerSecondMin);
        foreach (var (name, value) in new[]
        {
            (nameof(SlowGrace), SlowGrace), (nameof(HandshakeTimeout), HandshakeTimeout),
            (nameof(HeadersTimeout), HeadersTimeout), (nameof(RequestTimeout), RequestTimeout),
            (nameof(TransferTimeout), TransferTimeout), (nameof(IdleTimeout), IdleTimeout),
            (nameof(WriteTimeout), WriteTimeout), (nameof(HeartbeatPeriod), HeartbeatPeriod),
            (nameof(StopTimeout), StopTimeout), (nameof(UploadLinkLifetime), UploadLinkLifetime),
        })
        {
            if (value <= TimeSpan.Zero) throw BadOptions.Error($"{name} is {value}; it must be above 0");
        }

        foreach (var (name, rate) in new[]
        {
            (nameof(AgentRequests), AgentRequests), (nameof(Renewals), Renewals),
            (nameof(AdminRequests), AdminRequests),
            (nameof(OpenRequests), OpenRequests), (nameof(EnrolTries), EnrolTries),
            (nameof(TurnedAwayEntries), TurnedAwayEntries),
        })
        {
            if (rate.Burst < 1 || !(rate.PerSecond > 0 && double.IsFinite(rate.PerSecond)))
                throw BadOptions.Error($"{name} is {rate}; burst must be at least 1 and perSecond above 0");
        }
    }

    private static void Positive(string name, long value)
    {
        if (value < 1) throw BadOptions.Error($"{name} is {value}; it must be at least 1");
    }
}
