using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.AgentKeys;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Server;

/// <summary>The agent's identity and the link that it opens; after a renewal, the next ones.</summary>
internal sealed class ServerSession : IDisposable
{
    private readonly AgentIdentityFiles keys;
    private readonly AgentFolder folder;
    private readonly DurableFile files;
    private readonly AgentTimings timings;
    private readonly TimeProvider time;
    private readonly List<IDisposable> retired = [];
    private ServerNote note;

    public ServerSession(AgentFolder folder, DurableFile files, AgentTimings timings, TimeProvider time)
    {
        (this.folder, this.files, this.timings, this.time) = (folder, files, timings, time);
        keys = new AgentIdentityFiles(folder.Root);
        note = ServerNote.Read(folder) is { } found && keys.Exists
            ? found
            : throw new NotAdmittedException($"{folder.Root} is not enrolled; run '{AgentProgram.Name} enrol' first");
        Identity = keys.Load();
        Link = Open();
    }

    public AgentIdentity Identity { get; private set; }

    /// <summary>To the agent listener; used by the channels of this folder only.</summary>
    public HttpLink Link { get; private set; }

    /// <exception cref="NotAdmittedException">The certificate is out of its dates.</exception>
    public void RequireGoodCertificate()
    {
        if (Identity.RefusalAt(time.GetUtcNow()) is { } refusal) throw new NotAdmittedException(refusal.Message);
    }

    /// <summary>Gets the next certificate where it is time.</summary>
    /// <returns>Whether there is a new one, and so a new link.</returns>
    /// <exception cref="NotAdmittedException">The server does not want to.</exception>
    public async Task<bool> RenewIfDueAsync(CancellationToken cancellation)
    {
        if (time.GetUtcNow() < Identity.RenewAt) return false;
        string request;
        using (var key = keys.PendingKey()) request = AgentRequest.Create(key);
        var answer = await Link.SendAsync(
            HttpMethod.Post, Routes.Agent.Renew, (new RenewRequest(request), WireJson.Default.RenewRequest),
            WireJson.Default.CertificateAnswer, cancellation);
        if (!HttpLink.IsAddress(answer.Server))
            throw new ChannelException($"the address that the server gives, {answer.Server}, is not https");
        if (answer.Server != note.Server)
        {
            note = note with { Server = answer.Server };
            note.Write(folder, files);
        }

        // Uploads that are under way keep their link until they end.
        retired.Add(Identity);
        retired.Add(Link);
        Identity = keys.Accept(answer.Certificate, Identity.Authority, time.GetUtcNow()) switch
        {
            Outcome<AgentIdentity>.Accepted accepted => accepted.Value,
            Outcome<AgentIdentity>.Refused refused =>
                throw new ChannelException($"the server's new certificate is no good: {refused.Refusal.Message}"),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        Link = Open();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Link.Dispose();
        Identity.Dispose();
        foreach (var old in retired) old.Dispose();
    }

    private HttpLink Open() => HttpLink.To(note.Server, Identity.Authority, Identity.Certificate, timings, time);
}
