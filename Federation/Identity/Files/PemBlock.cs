using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FedLowRank.Federation.Identity.Files;

/// <summary>One block of a PEM file.</summary>
internal sealed record PemBlock(string Label, string Text)
{
    public const string Certificate = "CERTIFICATE";
    public const string PlainKey = "PRIVATE KEY";
    public const string EncryptedKey = "ENCRYPTED PRIVATE KEY";

    /// <summary>All blocks of a text, in their order.</summary>
    public static IReadOnlyList<PemBlock> All(string text)
    {
        var blocks = new List<PemBlock>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            blocks.Add(new(rest[fields.Label].ToString(), rest[fields.Location].ToString()));
            rest = rest[fields.Location.End..];
        }

        return blocks;
    }

    public X509Certificate2 ToCertificate() => X509Certificate2.CreateFromPem(Text);

    public ECDsa ToKey()
    {
        var key = ECDsa.Create();
        key.ImportFromPem(Text);
        return key;
    }

    public ECDsa ToKey(string passphrase)
    {
        var key = ECDsa.Create();
        key.ImportFromEncryptedPem(Text, passphrase);
        return key;
    }

    public static bool Fits(ECDsa key, X509Certificate2 certificate) =>
        certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());
}
