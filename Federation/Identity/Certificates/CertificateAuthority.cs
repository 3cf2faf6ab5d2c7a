using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>
/// The server's own certificate authority, on P-256. Signs certificates of agents and of the server, and heads of the
/// audit log. Safe to share between threads.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    private readonly ECDsa key;
    private readonly Lock signing = new();

    internal CertificateAuthority(X509Certificate2 certificate, ECDsa key)
    {
        (Certificate, this.key) = (certificate, key);
        Fingerprint = CertificateForms.Fingerprint(certificate);
    }

    /// <summary>The authority's certificate, without the key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>SHA-256 of <see cref="Certificate"/>; agents pin it.</summary>
    public BlobHash Fingerprint { get; }

    /// <summary>A new authority with a new key.</summary>
    /// <param name="now">The server's clock.</param>
    /// <param name="random">For the serial number, which is also part of the name, so that no two are alike.</param>
    public static CertificateAuthority Create(DateTimeOffset now, IRandomSource random)
    {
        var newKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var serial = SerialNumber.Random(random);
        var subject = CertificateForms.Subject($"FedLowRank authority {serial.ToString()[..8]}");
        var request = new CertificateRequest(subject, newKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var dates = Validity.Around(now, CertificateLifetimes.Authority);
        var certificate = request.Create(
            subject, X509SignatureGenerator.CreateForECDsa(newKey), dates.Start, dates.End, serial.ToBytes());
        return new(certificate, newKey);
    }

    /// <summary>
    /// A key for one purpose, the same in every process that holds this authority and after every restart: HKDF-SHA256
    /// (RFC 5869) of the authority's private key.
    /// </summary>
    /// <param name="purpose">Keys for different purposes tell nothing of each other.</param>
    /// <param name="byteCount">1 to 64.</param>
    public byte[] DeriveKey(string purpose, int byteCount)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteCount, 64);
        ECParameters secret;
        lock (signing) secret = key.ExportParameters(includePrivateParameters: true);
        try
        {
            return HKDF.DeriveKey(
                HashAlgorithmName.SHA256, secret.D!, byteCount, salt: null, info: Encoding.UTF8.GetBytes(purpose));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret.D);
        }
    }

    /// <summary>
    /// A certificate for an agent. It counts once the agent's enrolment holds it, and not before. Refused as
    /// <see cref="CertificateRefusal.AuthorityOutOfDate"/>.
    /// </summary>
    /// <param name="agent">Whose it will be; who asks must have been proven before.</param>
    /// <param name="request">The agent's key.</param>
    /// <param name="lifetime">
    /// From <see cref="CertificateLifetimes.AgentMin"/> to <see cref="CertificateLifetimes.AgentMax"/>.
    /// </param>
    /// <param name="now">The server's clock.</param>
    /// <param name="random">For the serial number.</param>
    public Outcome<IssuedCertificate> IssueAgent(
        AgentId agent, AgentRequest request, TimeSpan lifetime, DateTimeOffset now, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lifetime, CertificateLifetimes.AgentMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, CertificateLifetimes.AgentMax);
        if (OutOfDate(now) is { } refusal) return refusal;
        var dates = Dates(now, lifetime);
        var serial = SerialNumber.Random(random);
        using var certificate = Issue(
            CertificateForms.Subject(agent.Value), request.Key,
            [CertificateForms.AgentName(agent), CertificateForms.Use(CertificateForms.ClientUse)],
            dates, serial);
        return new IssuedCertificate(
            agent, serial, dates.Start, dates.End, request.KeyHash, certificate.ExportCertificatePem());
    }

    /// <summary>
    /// A certificate with a new key for the server itself. Refused as
    /// <see cref="CertificateRefusal.AuthorityOutOfDate"/>.
    /// </summary>
    /// <param name="names">Host names and IP addresses that agents and people dial, 1 to 32.</param>
    /// <param name="now">The server's clock.</param>
    /// <param name="random">For the serial number.</param>
    /// <exception cref="ArgumentException">A name is neither a host name nor an IP address.</exception>
    public Outcome<X509Certificate2> IssueServer(
        IReadOnlyCollection<string> names, DateTimeOffset now, IRandomSource random) =>
        IssueWithKey(
            "FedLowRank server", CertificateForms.ServerNames(names),
            CertificateForms.Use(CertificateForms.ServerUse), now, random);

    /// <summary>
    /// A certificate with a new key for a process of the cluster, with which it dials the others and is dialled.
    /// Refused as <see cref="CertificateRefusal.AuthorityOutOfDate"/>.
    /// </summary>
    /// <param name="cluster">Name of the cluster; no other trusts it.</param>
    /// <param name="now">The clock here.</param>
    /// <param name="random">For the serial number.</param>
    public Outcome<X509Certificate2> IssueMember(string cluster, DateTimeOffset now, IRandomSource random) =>
        IssueWithKey(
            CertificateForms.MemberSubject, CertificateForms.MemberName(cluster),
            CertificateForms.Use(CertificateForms.ServerUse, CertificateForms.ClientUse), now, random);

    /// <inheritdoc/>
    public void Dispose()
    {
        key.Dispose();
        Certificate.Dispose();
    }

    /// <summary>Signs a message that does not begin as a certificate does, with ECDSA and SHA-256.</summary>
    internal byte[] Sign(ReadOnlySpan<byte> message)
    {
        lock (signing) return key.SignData(message, HashAlgorithmName.SHA256);
    }

    internal string ExportKey() => key.ExportPkcs8PrivateKeyPem();

    internal string ExportKey(string passphrase, PbeParameters parameters) =>
        key.ExportEncryptedPkcs8PrivateKeyPem(passphrase, parameters);

    private Outcome<X509Certificate2> IssueWithKey(
        string subject, X509Extension names, X509Extension uses, DateTimeOffset now, IRandomSource random)
    {
        if (OutOfDate(now) is { } refusal) return refusal;
        var dates = Dates(now, CertificateLifetimes.Server);
        using var newKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(
            CertificateForms.Subject(subject), new PublicKey(newKey), [names, uses], dates,
            SerialNumber.Random(random));
        return TlsKeys.Join(certificate, newKey);
    }

    private X509Certificate2 Issue(
        X500DistinguishedName subject, PublicKey publicKey, IEnumerable<X509Extension> extensions,
        Validity dates, SerialNumber serial)
    {
        var request = new CertificateRequest(subject, publicKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForEndEntity(critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        foreach (var extension in extensions) request.CertificateExtensions.Add(extension);
        lock (signing)
        {
            return request.Create(
                Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), dates.Start, dates.End,
                serial.ToBytes());
        }
    }

    private Validity Dates(DateTimeOffset now, TimeSpan lifetime) =>
        Validity.Around(now, lifetime).Within(Validity.Of(Certificate));

    private CertificateRefusal.AuthorityOutOfDate? OutOfDate(DateTimeOffset now)
    {
        var own = Validity.Of(Certificate);
        return own.Includes(now) ? null : new(own.Start, own.End, now);
    }
}
