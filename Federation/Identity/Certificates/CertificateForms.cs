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
    public const string MemberSubject = "FedLowRank cluster";

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

        var isOurs =
            certificate.SubjectName.RawData.AsSpan().SequenceEqual(Subject(agent.Value).RawData) &&
            HasOnlyName(certificate, AgentName(agent));
        return isOurs ? agent : null;
    }

    /// <summary>The one alternative name of a cluster's process: <c>urn:fedlowrank:cluster:NAME</c>.</summary>
    public static X509Extension MemberName(string cluster)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri($"urn:fedlowrank:cluster:{Uri.EscapeDataString(cluster)}"));
        return names.Build();
    }

    /// <summary>Whether the certificate names a process of this cluster, in exactly the form that we issue.</summary>
    public static bool IsMemberOf(X509Certificate2 certificate, string cluster) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(Subject(MemberSubject).RawData) &&
        HasOnlyName(certificate, MemberName(cluster));

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

    /// <summary>For these uses.</summary>
    public static X509EnhancedKeyUsageExtension Use(params ReadOnlySpan<string> uses)
    {
        var all = new OidCollection();
        foreach (var use in uses) all.Add(new Oid(use));
        return new(all, critical: true);
    }

    /// <summary>Whether the certificate is for these uses, in this order, and no other.</summary>
    public static bool IsOnlyFor(X509Certificate2 certificate, IEnumerable<string> uses) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().ToList() is [var usage] &&
        usage.EnhancedKeyUsages.Cast<Oid>().Select(use => use.Value).SequenceEqual(uses, StringComparer.Ordinal);

    /// <summary>SHA-256 of the certificate as it is encoded: what an invite pins.</summary>
    public static BlobHash Fingerprint(X509Certificate2 certificate) =>
        BlobHash.Of(SHA256.HashData(certificate.RawDataMemory.Span));

    /// <summary>SHA-256 of the public key with its algorithm (SubjectPublicKeyInfo).</summary>
    public static BlobHash KeyHash(PublicKey key) => BlobHash.Of(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private static bool HasOnlyName(X509Certificate2 certificate, X509Extension name) =>
        certificate.Extensions.Where(extension => extension.Oid?.Value == name.Oid!.Value).ToList() is [var only] &&
        only.RawData.AsSpan().SequenceEqual(name.RawData);
}
