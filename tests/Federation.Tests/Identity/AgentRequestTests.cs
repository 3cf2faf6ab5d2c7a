using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>Goal: whatever is sent as a request is read or refused, never thrown at. Method: keys of other kinds, and
/// good requests with random bytes changed.</summary>
public class AgentRequestTests
{
    [Fact]
    public void Both_curves_are_taken()
    {
        foreach (var curve in (ECCurve[])[ECCurve.NamedCurves.nistP256, ECCurve.NamedCurves.nistP384])
        {
            using var key = ECDsa.Create(curve);
            var request = Sample.Accepted(AgentRequest.Read(AgentRequest.Create(key)));
            Assert.Equal(
                SHA256.HashData(key.ExportSubjectPublicKeyInfo()), Convert.FromHexString(request.KeyHash.ToString()));
        }
    }

    [Fact]
    public void Other_keys_are_refused()
    {
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var rsa = RSA.Create(2048);
        string[] requests =
        [
            AgentRequest.Create(p521),
            new CertificateRequest("CN=agent", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                .CreateSigningRequestPem(),
        ];
        foreach (var request in requests)
        {
            Assert.Contains(
                "P-256 or P-384",
                Sample.Refused<AgentRequest, CertificateRefusal.BadRequest>(AgentRequest.Read(request)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_request_for_somebody_elses_key_is_refused()
    {
        using var mine = Sample.NewKey();
        using var theirs = Sample.NewKey();
        var request = new CertificateRequest(
            new X500DistinguishedName("CN=agent"), new PublicKey(theirs), HashAlgorithmName.SHA256);
        var der = request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(mine));
        Sample.Refused<AgentRequest, CertificateRefusal.BadRequest>(
            AgentRequest.Read(PemEncoding.WriteString("CERTIFICATE REQUEST", der)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----")]
    public void What_is_no_request_is_refused(string text) =>
        Sample.Refused<AgentRequest, CertificateRefusal.BadRequest>(AgentRequest.Read(text));

    [Fact]
    public void A_long_text_is_refused_by_its_length() => Assert.Contains(
        "at most 8192",
        Sample.Refused<AgentRequest, CertificateRefusal.BadRequest>(AgentRequest.Read(new string('A', 8193))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_request_with_changed_bytes_is_refused()
    {
        const int Seed = 4711;
        var random = new Random(Seed);
        using var key = Sample.NewKey();
        var good = Convert.FromBase64String(Body(AgentRequest.Create(key)));
        for (var i = 0; i < 1500; i++)
        {
            var der = (byte[])good.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                der[random.Next(der.Length)] ^= (byte)random.Next(1, 256);
            var cut = random.Next(8) == 0 ? der[..random.Next(der.Length)] : der;
            if (cut.AsSpan().SequenceEqual(good)) continue;
            var outcome = AgentRequest.Read(PemEncoding.WriteString("CERTIFICATE REQUEST", cut));
            Assert.True(outcome is Outcome<AgentRequest>.Refused, $"seed {Seed}, case {i}");
        }
    }

    [Fact]
    public void Random_text_is_refused()
    {
        const int Seed = 4712;
        var random = new Random(Seed);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            var text = random.Next(2) == 0
                ? Encoding.Latin1.GetString(bytes)
                : PemEncoding.WriteString("CERTIFICATE REQUEST", bytes);
            Assert.True(AgentRequest.Read(text) is Outcome<AgentRequest>.Refused, $"seed {Seed}, case {i}");
        }
    }

    private static string Body(string pem) => string.Concat(pem.Split('\n').Where(line => !line.StartsWith('-')));
}
