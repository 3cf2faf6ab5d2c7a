using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>The authority as PEM: its certificate and its key (PKCS#8), encrypted with a passphrase or not.</summary>
internal static class AuthorityText
{
    // Guessing one passphrase costs an attacker who holds the text this many SHA-256 HMACs.
    private static readonly PbeParameters Protection =
        new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 600_000);

    /// <exception cref="ArgumentException">The passphrase is too short.</exception>
    public static string Write(CertificateAuthority authority, string? passphrase)
    {
        if (passphrase is { Length: < AuthorityFile.PassphraseMin })
        {
            throw new ArgumentException(
                $"a passphrase of {passphrase.Length} characters; use at least {AuthorityFile.PassphraseMin}",
                nameof(passphrase));
        }

        var key = passphrase is null ? authority.ExportKey() : authority.ExportKey(passphrase, Protection);
        return $"{authority.Certificate.ExportCertificatePem()}\n{key}\n";
    }

    /// <param name="place">What messages call it.</param>
    /// <param name="text">What <see cref="Write"/> wrote.</param>
    /// <param name="passphrase">Null where none is known.</param>
    /// <exception cref="IdentityFileException">It cannot be used; the message says why.</exception>
    public static LoadedAuthority Read(string place, string text, string? passphrase)
    {
        if (PemBlock.All(text) is not [{ Label: PemBlock.Certificate } first, var second] ||
            second.Label is not (PemBlock.PlainKey or PemBlock.EncryptedKey))
            throw Malformed(place, inner: null);

        var key = Key(place, second, passphrase);
        X509Certificate2 certificate;
        try
        {
            certificate = first.ToCertificate();
        }
        catch (CryptographicException error)
        {
            throw Malformed(place, error);
        }

        if (!PemBlock.Fits(key, certificate))
        {
            throw new IdentityFileException(
                place, FileProblem.KeyMismatch, "the key is not that of the certificate beside it");
        }

        var warning = second.Label == PemBlock.PlainKey
            ? $"{place}: the key of the certificate authority is not encrypted; whoever reads it can sign " +
              "certificates. Good for development only."
            : null;
        return new(new(certificate, key), warning);
    }

    private static ECDsa Key(string place, PemBlock block, string? passphrase)
    {
        var isPlain = block.Label == PemBlock.PlainKey;
        if (!isPlain && passphrase is null)
        {
            throw new IdentityFileException(
                place, FileProblem.PassphraseNeeded, "the key is encrypted, and no passphrase was given");
        }

        try
        {
            return isPlain ? block.ToKey() : block.ToKey(passphrase!);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw isPlain ? Malformed(place, error) : new IdentityFileException(
                place, FileProblem.PassphraseWrong, "the passphrase does not open the key", error);
        }
    }

    private static IdentityFileException Malformed(string place, Exception? inner) => new(
        place, FileProblem.Malformed, "must hold the authority's certificate and then its P-256 key, as PEM", inner);
}
