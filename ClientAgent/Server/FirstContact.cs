using System.Security.Cryptography;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.AgentKeys;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Server;

/// <summary>
/// Enrolment. A first connection, which proves nothing, fetches the authority's certificate; it must be the one that
/// the invite pins. A second, which proves the server by it, is the only one that the invite's token travels on.
/// </summary>
internal sealed class FirstContact(AgentFolder folder, DurableFile files, AgentTimings timings, TimeProvider time)
{
    /// <summary>Enrols, once: the same invite again, also after a crash, finds or gets the same certificate.</summary>
    /// <param name="text">The invite as somebody pasted it.</param>
    /// <param name="cancellation">Stops; the same invite can be tried again.</param>
    /// <exception cref="NotAdmittedException">The invite is no good, or the server is not the invite's.</exception>
    /// <exception cref="RefusedException">The server refuses the invite.</exception>
    public async Task<Enrolled> EnrolAsync(string text, CancellationToken cancellation)
    {
        var invite = Require(InviteText.Read(text));
        var word = InviteText.Write(invite);
        var pin = BlobHash.Of(SHA256.HashData(Encoding.UTF8.GetBytes(word)));
        var keys = new AgentIdentityFiles(folder.Root);
        var now = time.GetUtcNow();
        var hasPolicy = PolicyTemplate.WriteIfNone(folder.Policy, files);
        if (keys.Exists && ServerNote.Read(folder) is { } known && known.Invite == pin)
        {
            var present = keys.Load();
            if (present.RefusalAt(now) is null) return new(present, known.Server, IsNew: false, hasPolicy);
            present.Dispose();
        }

        // A folder that had an identity had a ledger too; if that one is gone, a new one would hide what was spent.
        if (!keys.Exists) Ledger.CreateIfNone(folder.Ledger, files, invite.Agent, now);
        using var authority = await AuthorityAsync(invite, cancellation);
        string request;
        using (var key = keys.PendingKey()) request = AgentRequest.Create(key);
        using var proven = HttpLink.To(invite.Server, authority, own: null, timings, time);
        var answer = await proven.SendAsync(
            HttpMethod.Post, Routes.Enrol, (new EnrolRequest(word, request), WireJson.Default.EnrolRequest),
            WireJson.Default.CertificateAnswer, cancellation);
        if (!HttpLink.IsAddress(answer.Server))
            throw new NotAdmittedException($"the address that the server gives, {answer.Server}, is not https");
        new ServerNote(answer.Server, pin).Write(folder, files);
        return new(Require(keys.Accept(answer.Certificate, authority, now)), answer.Server, IsNew: true, hasPolicy);
    }

    private async Task<System.Security.Cryptography.X509Certificates.X509Certificate2> AuthorityAsync(
        Invite invite, CancellationToken cancellation)
    {
        using var unproven = HttpLink.Unproven(invite.Server, timings, time);
        return Require(PeerCheck.Authority(
            await unproven.GetBytesAsync(Routes.Authority, cancellation), invite.Authority));
    }

    private static T Require<T>(Outcome<T> outcome)
        where T : notnull => outcome switch
        {
            Outcome<T>.Accepted accepted => accepted.Value,
            Outcome<T>.Refused refused => throw new NotAdmittedException(refused.Refusal.Message),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
