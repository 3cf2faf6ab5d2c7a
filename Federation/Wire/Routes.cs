using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Wire;

/// <summary>
/// The addresses of version 1. The agent listener serves those of <see cref="Agent"/>, over mutual TLS; the admin
/// listener all others, over TLS with a bearer token, <see cref="Authority"/>, <see cref="Enrol"/> and
/// <see cref="Health"/> excepted.
/// </summary>
public static class Routes
{
    /// <summary>GET: the authority's certificate in DER, for first contact; open.</summary>
    public const string Authority = "/v1/authority";

    /// <summary>POST <see cref="EnrolRequest"/>: <see cref="CertificateAnswer"/>; open, the token proves.</summary>
    public const string Enrol = "/v1/enrol";

    /// <summary>GET: 200 where the server is ready, 503 where it is not; open, both listeners.</summary>
    public const string Health = "/v1/health";

    /// <summary>GET: <see cref="ServerFacts"/>.</summary>
    public const string Server = "/v1/server";

    /// <summary>GET: list of <see cref="RunSummary"/>; POST <see cref="NewRunRequest"/>: the run.</summary>
    public const string Runs = "/v1/runs";

    /// <summary>
    /// PUT <see cref="UploadOffer"/> to begin or find, PATCH <c>/{hash}</c> to append, POST <c>/{hash}/complete</c>:
    /// the uploads of adapters to start from. <see cref="UploadProgress"/>.
    /// </summary>
    public const string Uploads = "/v1/uploads";

    /// <summary>
    /// GET: list of <see cref="AgentSummary"/>; POST <see cref="InviteRequest"/>: <see cref="InviteAnswer"/>.
    /// </summary>
    public const string Agents = "/v1/agents";

    /// <summary>
    /// GET: list of <see cref="UserSummary"/>; POST <see cref="NewUserRequest"/>: <see cref="TokenAnswer"/>.
    /// </summary>
    public const string Users = "/v1/users";

    /// <summary>GET <c>?first=N</c>: the stored lines from an entry on.</summary>
    public const string Audit = "/v1/audit";

    /// <summary>GET: the whole log as a file with a new signed head at its end.</summary>
    public const string AuditExport = "/v1/audit/export";

    /// <summary>Name of the header with the place in the whole content at which a PATCH's body begins.</summary>
    public const string UploadOffsetHeader = "Upload-Offset";

    /// <summary>GET: the run's state as <see cref="Aggregation.Rounds.Json.RunJson"/>.</summary>
    public static string Run(RunId run) => $"{Runs}/{run}";

    /// <summary>POST <see cref="CommandRequest"/>: <see cref="CommandAnswer"/>.</summary>
    public static string RunCommands(RunId run) => $"{Run(run)}/commands";

    /// <summary>GET: server-sent events <c>state</c>, each a run's state.</summary>
    public static string RunEvents(RunId run) => $"{Run(run)}/events";

    /// <summary>
    /// GET: the manifest; its signature, a <see cref="Checkpoints.SignedCheckpoint"/>, is at <c>/signature</c>, its
    /// parts at <c>/parts/{index}</c>.
    /// </summary>
    public static string RunCheckpoint(RunId run, BlobHash manifest) => $"{Run(run)}/checkpoints/{manifest}";

    /// <summary>GET: <see cref="TroubleAnswer"/>.</summary>
    public static string AgentTrouble(AgentId agent) => $"{Agents}/{agent}/trouble";

    /// <summary>POST <see cref="RevokeRequest"/>: 204.</summary>
    public static string RevokeAgent(AgentId agent) => $"{Agents}/{agent}/revoke";

    /// <summary>POST: 204.</summary>
    public static string RevokeUser(string user) => $"{Users}/{user}/revoke";

    /// <summary>The agent listener.</summary>
    public static class Agent
    {
        /// <summary>GET: <see cref="AgentSelf"/>.</summary>
        public const string Self = "/v1/agent/self";

        /// <summary>POST <see cref="RenewRequest"/>: <see cref="CertificateAnswer"/>.</summary>
        public const string Renew = "/v1/agent/renew";

        /// <summary>PUT <see cref="Service.AgentFacts"/>: 204.</summary>
        public const string Facts = "/v1/agent/facts";

        /// <summary>PUT <see cref="Service.AgentTrouble"/>: 204. An older server answers 404.</summary>
        public const string Trouble = "/v1/agent/trouble";

        /// <summary>GET: server-sent events <c>order</c>, each an <see cref="OrderMessage"/>.</summary>
        public const string Orders = "/v1/agent/orders";

        /// <summary>GET: the run's plan as <see cref="WireJson"/>.</summary>
        public static string Plan(RunId run) => $"/v1/agent/runs/{run}/plan";

        /// <summary>As <see cref="RunCheckpoint"/>.</summary>
        public static string Checkpoint(RunId run, BlobHash manifest) => $"/v1/agent/runs/{run}/checkpoints/{manifest}";

        /// <summary>
        /// POST <see cref="RoundMessage"/> to <c>/join</c>, <c>/decline</c>, <c>/progress</c>, <c>/lost</c>,
        /// <c>/evaluation</c> or <c>/evaluation/decline</c>: 204 or a problem.
        /// </summary>
        public static string Round(RunId run, RoundId round) => $"/v1/agent/runs/{run}/rounds/{round}";

        /// <summary>
        /// PUT <see cref="UploadOffer"/> to begin or find, PATCH <c>/{hash}</c> to append, POST
        /// <c>/{hash}/complete</c>: <see cref="UploadProgress"/>, with the receipt once there is one.
        /// </summary>
        public static string Update(RunId run, RoundId round) => $"{Round(run, round)}/update";
    }
}
