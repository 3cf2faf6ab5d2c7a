using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>What our certificates look like; issuing writes these forms and checking compares with them.</summary>
internal static class CertificateForms
{
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";
    public const string EllipticCurveKey = "1.2.840.10045.2.1";

    public static X500DistinguishedName Subject(string commonName)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        return subject.Build();
    }

    /// <summary>The one alternative name of an agent: <c>urn:fedlowrank:agent:ID</c>.</summary>
    public static X509Extension AgentName(AgentId agent)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri($"urn:fedlowrank:agent:{agent}"));
        return names.Build();
    }

    /// <summary>The agent that subject and alternative name agree on, both in exactly the form that we issue.</summary>
    public static AgentId? AgentOf(X509Certificate2 certificate)
    {
        AgentId agent;
        try
        {
            agent = new(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
        }
        catch (ArgumentException)
        {
            return null;
        }

        var name = AgentName(agent);
        var isOurs =
            certificate.SubjectName.RawData.AsSpan().SequenceEqual(Subject(agent.Value).RawData) &&
            certificate.Extensions.Where(extension => extension.Oid?.Value == name.Oid!.Value).ToList() is [var only] &&
            only.RawData.AsSpan().SequenceEqual(name.RawData);
        return isOurs ? agent : null;
    }

    /// <exception cref="ArgumentException">A name is neither a host name nor an IP address.</exception>
    public static X509Extension ServerNames(IReadOnlyCollection<string> names)
    {
        if (names.Count is 0 or > 32)
            throw new ArgumentException($"{names.Count} server names; give 1 to 32", nameof(names));
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) builder.AddIpAddress(address);
            else if (Uri.CheckHostName(name) == UriHostNameType.Dns) builder.AddDnsName(name);
            else throw new ArgumentException($"server name '{name}': use a host name or an IP address", nameof(names));
        }

        return builder.Build();
    }

    public static X509EnhancedKeyUsageExtension Use(string use) => new([new Oid(use)], critical: true);

    /// <summary>Whether the certificate is for this use and no other.</summary>
    public static bool IsOnlyFor(X509Certificate2 certificate, string use) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToList() is [var usage] &&
        usage.EnhancedKeyUsages.Count == 1 && usage.EnhancedKeyUsages[0].Value == use;

    /// <summary>SHA-256 of the certificate as it is encoded: what an invite pins.</summary>
    public static BlobHash Fingerprint(X509Certificate2 certificate) =>
        BlobHash.Of(SHA256.HashData(certificate.RawDataMemory.Span));

    /// <summary>SHA-256 of the public key with its algorithm (SubjectPublicKeyInfo).</summary>
    public static BlobHash KeyHash(PublicKey key) => BlobHash.Of(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
}
