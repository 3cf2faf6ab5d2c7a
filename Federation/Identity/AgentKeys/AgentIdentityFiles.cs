using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Federation.Identity.AgentKeys;

/// <summary>
/// An agent's keys in a folder of its own: <c>identity.pem</c> with key, certificate and authority, replaced as one;
/// and, while a request is under way, <c>pending.pem</c> with the key of that request. Both have mode 0600. The private
/// key never leaves the folder.
/// </summary>
/// <remarks>
/// The pending key is on disk before it is sent, so that an agent that dies in between asks again with the same key and
/// gets the same certificate. One process at a time may use the folder.
/// </remarks>
/// <param name="folder">Made where it is missing.</param>
public sealed class AgentIdentityFiles(string folder)
{
    /// <summary>The file with the identity.</summary>
    public string IdentityPath { get; } = Path.Combine(folder, "identity.pem");

    /// <summary>The file with the key of a request under way.</summary>
    public string PendingPath { get; } = Path.Combine(folder, "pending.pem");

    /// <summary>Whether the agent was enrolled.</summary>
    public bool Exists => File.Exists(IdentityPath);

    /// <summary>The key to ask with: that of the request under way, or a new one (P-256) for a new request.</summary>
    /// <exception cref="IdentityFileException">There is one that cannot be used.</exception>
    public ECDsa PendingKey()
    {
        if (File.Exists(PendingPath))
        {
            return PemBlock.All(PrivateFiles.Read(PendingPath)) is [{ Label: PemBlock.PlainKey } block]
                ? ReadKey(PendingPath, block)
                : throw Malformed(PendingPath, inner: null);
        }

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFiles.Write(PendingPath, key.ExportPkcs8PrivateKeyPem() + "\n", replace: false);
        return key;
    }

    /// <summary>
    /// Takes the certificate that the pending key was sent for, in place of any earlier one. Refused with nothing
    /// changed where it is not for that key, or not good.
    /// </summary>
    /// <param name="certificatePem">From the server.</param>
    /// <param name="authority">The authority that was pinned.</param>
    /// <param name="now">The agent's clock.</param>
    /// <exception cref="IdentityFileException">The pending key cannot be used.</exception>
    public Outcome<AgentIdentity> Accept(string certificatePem, X509Certificate2 authority, DateTimeOffset now)
    {
        using var key = PendingKey();
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(certificatePem);
        }
        catch (CryptographicException)
        {
            return new CertificateRefusal.Unusable("what the server sent is no certificate in PEM");
        }

        using (certificate)
        {
            if (PeerCheck.Agent(certificate, authority, now) is Outcome<AgentCertificate>.Refused refused)
                return refused.Refusal;
            if (!PemBlock.Fits(key, certificate))
                return new CertificateRefusal.Unusable("the server certified another key than this agent's");
            string[] blocks =
            [
                key.ExportPkcs8PrivateKeyPem(), certificate.ExportCertificatePem(), authority.ExportCertificatePem(),
            ];
            PrivateFiles.Write(IdentityPath, string.Join('\n', blocks) + "\n", replace: true);
        }

        File.Delete(PendingPath);
        return Load();
    }

    /// <summary>Reads the identity. Whether its dates are good is another question.</summary>
    /// <exception cref="IdentityFileException">It cannot be used; the message says why.</exception>
    public AgentIdentity Load()
    {
        if (PemBlock.All(PrivateFiles.Read(IdentityPath)) is not
            [
            { Label: PemBlock.PlainKey } first, { Label: PemBlock.Certificate } second,
            { Label: PemBlock.Certificate } third,
            ])
            throw Malformed(IdentityPath, inner: null);

        using var key = ReadKey(IdentityPath, first);
        try
        {
            using var certificate = second.ToCertificate();
            if (CertificateForms.AgentOf(certificate) is not { } agent) throw Malformed(IdentityPath, inner: null);
            if (!PemBlock.Fits(key, certificate))
            {
                throw new IdentityFileException(
                    IdentityPath, FileProblem.KeyMismatch, "the key is not that of the certificate beside it");
            }

            return new(agent, TlsKeys.Join(certificate, key), third.ToCertificate());
        }
        catch (CryptographicException error)
        {
            throw Malformed(IdentityPath, error);
        }
    }

    private static ECDsa ReadKey(string path, PemBlock block)
    {
        try
        {
            return block.ToKey();
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw Malformed(path, error);
        }
    }

    private static IdentityFileException Malformed(string path, Exception? inner) => new(
        path, FileProblem.Malformed, "is damaged; move it away, then enrol this agent anew", inner);
}
