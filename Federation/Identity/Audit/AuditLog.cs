using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Federation.Identity.Audit;

/// <summary>
/// The audit log as pure functions: each entry holds the hash of the one before, and the authority signs the newest
/// hash now and then. A shell appends one entry at a time and answers nobody before it is durable.
/// </summary>
public static class AuditLog
{
    /// <summary>Longest actor or action, in characters.</summary>
    public const int NameMax = 256;

    /// <summary>Longest target or value of a detail, in characters.</summary>
    public const int TextMax = 512;

    /// <summary>Most details beside an entry; further ones are counted in the last.</summary>
    public const int DetailsMax = 16;

    private const int KeyMax = 64;

    /// <summary>The next entry. Text that is too long, unprintable or secret is changed and says so.</summary>
    /// <param name="head">Where the log ends.</param>
    /// <param name="draft">What happened.</param>
    /// <param name="now">The server's clock.</param>
    public static AuditEntry Next(AuditHead head, AuditDraft draft, DateTimeOffset now) => new(
        head.Sequence + 1,
        Millisecond(now),
        AuditText.Clean(draft.Actor, NameMax),
        AuditText.Clean(draft.Action, NameMax),
        AuditText.Clean(draft.Target, TextMax),
        draft.Outcome,
        Details(draft.Details),
        head.Hash);

    /// <summary>Where the log ends once the entry is in it.</summary>
    public static AuditHead HeadAfter(AuditEntry entry) =>
        new(entry.Sequence, AuditJson.HashOf(AuditJson.Write(entry)));

    /// <summary>The authority's word on where the log ends.</summary>
    public static SignedHead Sign(AuditHead head, CertificateAuthority authority, DateTimeOffset now)
    {
        var at = Millisecond(now);
        return new(head, at, Convert.ToBase64String(authority.Sign(Message(head, at))));
    }

    /// <summary>Whether the authority gave this word.</summary>
    public static bool IsGenuine(SignedHead signedHead, X509Certificate2 authority)
    {
        // Two numbers of 32 bytes each.
        Span<byte> signature = stackalloc byte[64];
        if (!Base64.IsValid(signedHead.Signature) ||
            !Convert.TryFromBase64String(signedHead.Signature, signature, out var length) || length != signature.Length)
            return false;
        using var key = authority.GetECDsaPublicKey();
        var message = Message(signedHead.Head, signedHead.At);
        return key is not null && key.VerifyData(message, signature, HashAlgorithmName.SHA256);
    }

    // Begins as no certificate does, so that neither signature can be taken for the other.
    private static byte[] Message(AuditHead head, DateTimeOffset at) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"fedlowrank audit head 1\n{head.Sequence}\n{head.Hash}\n{at.ToUnixTimeMilliseconds()}\n"));

    private static ValueList<AuditDetail> Details(ValueList<AuditDetail> details)
    {
        if (details.Count <= DetailsMax) return details.Select(Clean).ToValueList();
        var left = (details.Count - DetailsMax + 1).ToString(CultureInfo.InvariantCulture);
        return details.Take(DetailsMax - 1).Select(Clean).Append(new("left-out", left)).ToValueList();
    }

    private static AuditDetail Clean(AuditDetail detail) =>
        new(AuditText.Clean(detail.Key, KeyMax), AuditText.Clean(detail.Value, TextMax));

    private static DateTimeOffset Millisecond(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
