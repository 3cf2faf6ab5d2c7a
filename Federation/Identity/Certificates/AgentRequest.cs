using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>
/// An agent's request for a certificate (PKCS#10, RFC 2986): a public key with proof that the sender has the private
/// one. Subject and extensions are not read; the server sets them.
/// </summary>
public sealed class AgentRequest
{
    /// <summary>Longest request in characters; one for P-384 has about 700.</summary>
    public const int TextMax = 8192;

    // The DER of the two curves' object identifiers, secp256r1 and secp384r1 (RFC 5480 section 2.1.1.1).
    private static readonly byte[] P256 = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
    private static readonly byte[] P384 = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22];

    private AgentRequest(PublicKey key) => (Key, KeyHash) = (key, CertificateForms.KeyHash(key));

    /// <summary>SHA-256 of the public key (SubjectPublicKeyInfo).</summary>
    public BlobHash KeyHash { get; }

    internal PublicKey Key { get; }

    /// <summary>Writes the request for a key, as PEM.</summary>
    public static string Create(ECDsa key) =>
        new CertificateRequest(CertificateForms.Subject("agent"), key, HashAlgorithmName.SHA256)
            .CreateSigningRequestPem();

    /// <summary>Reads a request from outside. Refused as <see cref="CertificateRefusal.BadRequest"/>.</summary>
    public static Outcome<AgentRequest> Read(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        if (pem.Length > TextMax)
            return new CertificateRefusal.BadRequest($"it has {pem.Length} characters; at most {TextMax} are read");
        try
        {
            // The kind of key comes first: the check of the signature is for the two kinds that count only.
            var key = Load(pem, CertificateRequestLoadOptions.SkipSignatureValidation);
            ReadOnlySpan<byte> curve = key.EncodedParameters?.RawData;
            if (key.Oid.Value != CertificateForms.EllipticCurveKey ||
                !(curve.SequenceEqual(P256) || curve.SequenceEqual(P384)))
                return new CertificateRefusal.BadRequest("its key must be on the curve P-256 or P-384");

            using var parsed = Load(pem, CertificateRequestLoadOptions.Default).GetECDsaPublicKey()!;
            return new AgentRequest(new PublicKey(parsed));
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or NotSupportedException)
        {
            return new CertificateRefusal.BadRequest("it is no PKCS#10 request in PEM whose signature fits its key");
        }
    }

    private static PublicKey Load(string pem, CertificateRequestLoadOptions options) =>
        CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, options).PublicKey;
}
