using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Identity.Json;

/// <summary>
/// States and events of enrolments and users as UTF-8 JSON for a journal. What is written is read back equal; a member
/// that the form does not have, or one that is missing, is an error and never dropped or guessed.
/// </summary>
public static class IdentityJson
{
    /// <summary>Version of the form. Any change of it, a new member too, takes the next number.</summary>
    public const int Schema = 1;

    /// <summary>Writes an enrolment.</summary>
    public static byte[] Write(EnrolmentState state) =>
        VersionedJson.Write(Schema, state, IdentityJsonContext.Default.VersionedEnrolmentState);

    /// <summary>Writes what happened to an enrolment.</summary>
    public static byte[] Write(EnrolmentEvent happened) =>
        VersionedJson.Write(Schema, happened, IdentityJsonContext.Default.VersionedEnrolmentEvent);

    /// <summary>Writes the users.</summary>
    public static byte[] Write(UsersState state) =>
        VersionedJson.Write(Schema, state, IdentityJsonContext.Default.VersionedUsersState);

    /// <summary>Writes what happened to the users.</summary>
    public static byte[] Write(UsersEvent happened) =>
        VersionedJson.Write(Schema, happened, IdentityJsonContext.Default.VersionedUsersEvent);

    /// <summary>Reads an enrolment.</summary>
    /// <exception cref="JsonException">Not JSON, of another version, or not of the form.</exception>
    public static EnrolmentState ReadEnrolment(ReadOnlySpan<byte> json) =>
        VersionedJson.Read(Schema, json, IdentityJsonContext.Default.VersionedEnrolmentState);

    /// <summary>Reads what happened to an enrolment.</summary>
    /// <exception cref="JsonException">Not JSON, of another version, or not of the form.</exception>
    public static EnrolmentEvent ReadEnrolmentEvent(ReadOnlySpan<byte> json) =>
        VersionedJson.Read(Schema, json, IdentityJsonContext.Default.VersionedEnrolmentEvent);

    /// <summary>Reads the users.</summary>
    /// <exception cref="JsonException">Not JSON, of another version, or not of the form.</exception>
    public static UsersState ReadUsers(ReadOnlySpan<byte> json) =>
        VersionedJson.Read(Schema, json, IdentityJsonContext.Default.VersionedUsersState);

    /// <summary>Reads what happened to the users.</summary>
    /// <exception cref="JsonException">Not JSON, of another version, or not of the form.</exception>
    public static UsersEvent ReadUsersEvent(ReadOnlySpan<byte> json) =>
        VersionedJson.Read(Schema, json, IdentityJsonContext.Default.VersionedUsersEvent);
}
