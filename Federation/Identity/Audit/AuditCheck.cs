using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace FedLowRank.Federation.Identity.Audit;

/// <summary>Verifies an audit log from its stored lines alone; memory does not grow with the log.</summary>
public static class AuditCheck
{
    /// <summary>Names the first thing that is wrong.</summary>
    /// <param name="lines">All entries from the first, each as <see cref="AuditJson"/> without a line break.</param>
    /// <param name="signedHeads">What the authority signed, in any order, from wherever it was kept.</param>
    /// <param name="authority">The authority's certificate, from a trusted place.</param>
    public static AuditVerdict Verify(
        IEnumerable<ReadOnlyMemory<byte>> lines, IReadOnlyCollection<SignedHead> signedHeads,
        X509Certificate2 authority)
    {
        var heads = signedHeads.OrderBy(each => each.Head.Sequence).ToList();
        if (heads.Find(each => !AuditLog.IsGenuine(each, authority)) is { } forged)
            return new AuditVerdict.Broken(forged.Head.Sequence, AuditFault.ForgedHead);

        var head = AuditHead.Empty;
        var next = 0;
        while (next < heads.Count && heads[next].Head == head) next++;
        foreach (var line in lines)
        {
            if (FaultOf(line.Span, head) is { } fault) return new AuditVerdict.Broken(head.Sequence + 1, fault);
            head = new(head.Sequence + 1, AuditJson.HashOf(line.Span));
            for (; next < heads.Count && heads[next].Head.Sequence == head.Sequence; next++)
            {
                if (heads[next].Head.Hash != head.Hash)
                    return new AuditVerdict.Broken(head.Sequence, AuditFault.NotAsSigned);
            }
        }

        return next < heads.Count
            ? new AuditVerdict.Broken(head.Sequence + 1, AuditFault.Missing)
            : new AuditVerdict.Intact(head, heads.Count > 0 ? heads[^1].Head.Sequence : 0);
    }

    private static AuditFault? FaultOf(ReadOnlySpan<byte> line, AuditHead before)
    {
        try
        {
            var entry = AuditJson.ReadEntry(line);
            if (entry.Sequence != before.Sequence + 1) return AuditFault.WrongSequence;
            return entry.Previous == before.Hash ? null : AuditFault.WrongPrevious;
        }
        catch (JsonException)
        {
            return AuditFault.Malformed;
        }
    }
}
