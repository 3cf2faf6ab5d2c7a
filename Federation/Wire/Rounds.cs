using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;

namespace FedLowRank.Federation.Wire;

/// <summary>What an agent is to do in one run now.</summary>
/// <param name="Run">The run.</param>
/// <param name="Kind">What to do.</param>
/// <param name="Round">The attempt; null for idle.</param>
/// <param name="Checkpoint">Manifest to start from or to evaluate; null for idle and stand-by.</param>
public sealed record OrderMessage(RunId Run, OrderKind Kind, string? Round, BlobHash? Checkpoint);

/// <summary>What an agent says of its part in a round; each address reads its own member.</summary>
/// <param name="Declined">Why, to <c>/decline</c>.</param>
/// <param name="StepsDone">Of the plan's local steps, to <c>/progress</c>.</param>
/// <param name="Lost">Why, to <c>/lost</c>.</param>
/// <param name="Metrics">Figures from public data, to <c>/evaluation</c>.</param>
public sealed record RoundMessage(
    DeclineReason? Declined = null, int? StepsDone = null, LostReason? Lost = null, ValueList<Metric>? Metrics = null);

/// <summary>Something to be uploaded.</summary>
/// <param name="Hash">SHA-256 of the content.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Weight">An update's declared weight; 1 for anything else.</param>
public sealed record UploadOffer(BlobHash Hash, long Bytes, int Weight = 1);

/// <summary>How far an upload is.</summary>
/// <param name="Offset">Bytes that the server has.</param>
/// <param name="Receipt">An update's receipt, once there is one; the update is durable and counted.</param>
public sealed record UploadProgress(long Offset, UpdateReceipt? Receipt = null)
{
    /// <summary>
    /// To an offer, where the run wants it: a way past the server for what is missing; to offer again tells how far it
    /// led.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StagingLink? Link { get; init; }
}

/// <summary>A run in a list.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Status">For people.</param>
/// <param name="Round">Number of the last completed round.</param>
/// <param name="Rounds">How many there are to be.</param>
/// <param name="Method">The federated method.</param>
/// <param name="IsPrivate">Whether its rounds are private.</param>
public sealed record RunSummary(RunId Run, string Status, int Round, int Rounds, string Method, bool IsPrivate);

/// <summary>An order for a run.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Plan">What it does.</param>
/// <param name="Start">Hash of the uploaded adapter to start from.</param>
public sealed record NewRunRequest(RunId Run, RunPlan Plan, BlobHash Start);

/// <summary>A command to a run.</summary>
/// <param name="Id">Chosen by the caller; the same again does nothing more.</param>
/// <param name="Command">What for.</param>
public sealed record CommandRequest(CommandId Id, RunCommand Command);

/// <summary>A command was obeyed.</summary>
/// <param name="Status">The run's, for people.</param>
public sealed record CommandAnswer(string Status);

/// <summary>The server.</summary>
/// <param name="Version">Of its program.</param>
/// <param name="Now">Its clock.</param>
/// <param name="Authority">SHA-256 of its authority's certificate.</param>
/// <param name="IsDevelopment">Whether it asks for no tokens.</param>
public sealed record ServerFacts(string Version, DateTimeOffset Now, BlobHash Authority, bool IsDevelopment);

/// <summary>An error as RFC 9457 has it, <c>application/problem+json</c>.</summary>
/// <param name="Title">Short, for people.</param>
/// <param name="Status">Of HTTP.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Detail">One sentence that names field, value and limit.</param>
/// <param name="TraceId">By which the server's log knows the request; null where there is none.</param>
public sealed record Problem(string Title, int Status, string Code, string Detail, string? TraceId = null);
