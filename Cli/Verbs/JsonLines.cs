using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Audit;

namespace FedLowRank.Cli.Verbs;

/// <summary>An error.</summary>
internal sealed record ErrorLine(ErrorMembers Error);

/// <summary>Of an error: a stable code, a sentence for people, and how the program ends.</summary>
internal sealed record ErrorMembers(string Code, string Message, int Exit);

/// <summary>A command was obeyed.</summary>
internal sealed record CommandLineAnswer(RunId Run, string Command, string Status);

/// <summary>A run was drafted, and started if that was asked.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Status">The run's.</param>
/// <param name="Start">Hash of the adapter that it starts from.</param>
/// <param name="BaseModel">Hash of the base model.</param>
/// <param name="NoiseMultiplier">Sigma; missing where the run is not private.</param>
/// <param name="Epsilon">What an agent that is in every round spends at most; likewise.</param>
/// <param name="UpdateBytes">Size of the largest update.</param>
internal sealed record CreatedLine(
    RunId Run, string Status, BlobHash Start, BlobHash BaseModel, double? NoiseMultiplier, double? Epsilon,
    long UpdateBytes);

/// <summary>An invite. Secret until it is redeemed.</summary>
internal sealed record InviteLine(AgentId Agent, AgentRole Role, string Invite, DateTimeOffset Expires, string Command);

/// <summary>Something was done to something, and there is no more to say.</summary>
internal sealed record DoneLine(string Action, string Target);

/// <summary>An audit log was checked.</summary>
/// <param name="Intact">Whether it is whole.</param>
/// <param name="Entries">How many there are up to its end, or up to the first that is wrong.</param>
/// <param name="Signed">Up to which the authority vouches for it.</param>
/// <param name="Fault">What is wrong, at entry <paramref name="Entries"/>.</param>
internal sealed record AuditLine(bool Intact, long Entries, long? Signed, AuditFault? Fault);

/// <summary>A file was written.</summary>
internal sealed record FileLine(string File, long Bytes);

/// <summary>A checkpoint was exported.</summary>
internal sealed record ExportLine(RunId Run, int Round, BlobHash Manifest, string Folder);

/// <summary>What the doctor found.</summary>
internal sealed record DoctorLine(bool Sound, IReadOnlyList<Finding> Findings);

/// <summary>What a server serves.</summary>
internal sealed record ServeLine(
    string Folder, Uri Agents, Uri Admin, BlobHash Authority, bool IsDevelopment, IReadOnlyList<string> Warnings);
