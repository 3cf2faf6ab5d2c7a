using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Errors;

/// <summary>How every refusal and fault is told in HTTP: the one table.</summary>
internal static class Refusals
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static Refused RunNotFound(RunId run) => new(404, "run-not-found", $"there is no run {run}");

    public static Refused CheckpointNotFound(RunId run, BlobHash manifest) =>
        new(404, "checkpoint-not-found", $"run {run} has no checkpoint {manifest}");

    private static Refused DiskFull { get; } = new(507, "disk-full", "the server's disk is full")
    {
        RetryAfter = TimeSpan.FromMinutes(1),
    };

    private static Refused Unavailable { get; } = new(
        503, "storage-unavailable", "the server's storage does not answer")
    {
        RetryAfter = TimeSpan.FromSeconds(10),
    };

    public static Refused UploadNotFound { get; } = new(
        409, "upload-not-found", "there is no such upload; begin it again, from its offer on");

    public static Refused Of(Refusal refusal) => new(
        refusal switch
        {
            Refusal.Malformed => 400,
            Refusal.NotInvited or Refusal.NotAsked => 403,
            Refusal.Quarantined or Refusal.BadPlan or Refusal.BadStart => 422,
            Refusal.Stale or Refusal.Late or Refusal.Conflict or Refusal.WrongStanding or Refusal.SelectionClosed or
                Refusal.NotNow or Refusal.CommandIdTaken or Refusal.NoCheckpoint or Refusal.RunIdTaken => 409,
            _ => throw new UnreachableException(refusal.GetType().Name),
        },
        refusal.Code, refusal.Message);

    public static Refused Of(RunCreation.Refused refused) =>
        new(refused.Code == "run-id-taken" ? 409 : 422, refused.Code, refused.Message);

    public static Refused Of(IdentityRefusal refusal) => new(
        refusal switch
        {
            CertificateRefusal.BadRequest or InviteRefusal or EnrolmentRefusal.Malformed or UserRefusal.Malformed =>
                400,
            UserRefusal.NotAToken or UserRefusal.UnknownToken or UserRefusal.Expired or UserRefusal.Revoked or
                UserRefusal.BadClaims => 401,
            CertificateRefusal.AuthorityOutOfDate => 503,
            CertificateRefusal or EnrolmentRefusal.UnknownToken or EnrolmentRefusal.InviteExpired or
                EnrolmentRefusal.AlreadyRedeemed or UserRefusal.NotAllowed => 403,
            UserRefusal.NoSuchUser => 404,
            EnrolmentRefusal.NotEnrolled or EnrolmentRefusal.AlreadyRevoked or UserRefusal.NameTaken or
                UserRefusal.LastOwner or UserRefusal.HasOwner => 409,
            _ => throw new UnreachableException(refusal.GetType().Name),
        },
        refusal.Code, refusal.Message)
    {
        Challenge = refusal is UserRefusal and not UserRefusal.NotAllowed ? "Bearer" : null,
    };

    public static Refused Of(BlobException fault) => fault.Error switch
    {
        BlobError.TooLarge or BlobError.ContentTooLong => new(413, "too-large", fault.Message),
        BlobError.OtherSize => new(409, "other-size", fault.Message),
        BlobError.UploadNotFound => UploadNotFound,
        BlobError.UploadBusy => new(409, "upload-busy", fault.Message) { RetryAfter = Soon },
        BlobError.WrongOffset => new(409, "wrong-offset", fault.Message) { UploadOffset = fault.DurableBytes },
        BlobError.Incomplete => new(409, "incomplete", fault.Message) { UploadOffset = fault.DurableBytes },
        BlobError.HashMismatch => new(422, "hash-mismatch", fault.Message),
        BlobError.BlobNotFound => new(404, "blob-not-found", fault.Message),
        BlobError.BadRange => new(416, "bad-range", fault.Message),
        BlobError.Damaged => new(500, "blob-damaged", "a stored blob is damaged"),
        BlobError.DiskFull => DiskFull,
        BlobError.Unavailable => Unavailable,
        _ => throw new UnreachableException(fault.Error.ToString()),
    };

    /// <summary>Of what a handler threw; null for a fault of our own.</summary>
    public static Refused? Of(Exception error) => error switch
    {
        BlobException fault => Of(fault),
        JournalException { Error: JournalError.Unavailable } => Unavailable,
        JournalException { Error: JournalError.DiskFull } => DiskFull,
        RunDamagedException fault => new(500, "run-damaged", fault.Message),
        CheckpointException => new(500, "damaged", "a stored checkpoint is damaged or gone; the log says which"),
        BadHttpRequestException { InnerException: System.Text.Json.JsonException json } => Of(json),

        // Thrown by the reader of bodies; what is written here has no case without a name.
        NotSupportedException fault when UnionFault.IsIt(fault) => Of(UnionFault.Of(fault)),
        BadHttpRequestException bad => new(bad.StatusCode, CodeOf(bad.StatusCode), bad.Message),
        _ => null,
    };

    private static Refused Of(System.Text.Json.JsonException json) =>
        new(400, "bad-json", $"the body is not of the form: {json.Message}");

    /// <summary>Of an answer without a body.</summary>
    public static Refused Of(int status) => new(status, CodeOf(status), status switch
    {
        404 => "there is nothing at this address",
        405 => "this address takes other methods; see Allow",
        415 => "this address takes application/json",
        _ => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
    });

    private static string CodeOf(int status) => status switch
    {
        400 => "bad-request",
        404 => "not-found",
        405 => "method-not-allowed",
        408 => "too-slow",
        411 => "length-required",
        413 => "too-large",
        415 => "media-type-not-supported",
        416 => "bad-range",
        421 => "misdirected",
        431 => "headers-too-large",
        503 => "stopping",
        _ => "error",
    };
}
