using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>
/// The authority on disk: one PEM file, mode 0600, with the certificate and the key (PKCS#8), encrypted with a
/// passphrase or, for development, not.
/// </summary>
public static class AuthorityFile
{
    /// <summary>Shortest passphrase in characters.</summary>
    public const int PassphraseMin = 12;

    // Guessing one passphrase costs an attacker who holds the file this many SHA-256 HMACs.
    private static readonly PbeParameters Protection =
        new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 600_000);

    /// <summary>
    /// Writes a new authority. Never replaces a file: a lost authority costs every agent its enrolment.
    /// </summary>
    /// <param name="path">Where to.</param>
    /// <param name="authority">What.</param>
    /// <param name="passphrase">Null leaves the key unencrypted.</param>
    /// <exception cref="ArgumentException">The passphrase is too short.</exception>
    /// <exception cref="IdentityFileException">The file exists.</exception>
    public static void Create(string path, CertificateAuthority authority, string? passphrase)
    {
        if (passphrase is { Length: < PassphraseMin })
        {
            throw new ArgumentException(
                $"a passphrase of {passphrase.Length} characters; use at least {PassphraseMin}", nameof(passphrase));
        }

        var key = passphrase is null ? authority.ExportKey() : authority.ExportKey(passphrase, Protection);
        PrivateFiles.Write(path, $"{authority.Certificate.ExportCertificatePem()}\n{key}\n", replace: false);
    }

    /// <summary>Reads the authority.</summary>
    /// <param name="path">Where from.</param>
    /// <param name="passphrase">Null where none is known.</param>
    /// <exception cref="IdentityFileException">The file cannot be used; the message says why.</exception>
    public static LoadedAuthority Load(string path, string? passphrase)
    {
        if (PemBlock.All(PrivateFiles.Read(path)) is not [{ Label: PemBlock.Certificate } first, var second] ||
            second.Label is not (PemBlock.PlainKey or PemBlock.EncryptedKey))
            throw Malformed(path, inner: null);

        var key = Key(path, second, passphrase);
        X509Certificate2 certificate;
        try
        {
            certificate = first.ToCertificate();
        }
        catch (CryptographicException error)
        {
            throw Malformed(path, error);
        }

        if (!PemBlock.Fits(key, certificate))
        {
            throw new IdentityFileException(
                path, FileProblem.KeyMismatch, "the key is not that of the certificate beside it");
        }

        var warning = second.Label == PemBlock.PlainKey
            ? $"{path}: the key of the certificate authority is not encrypted; whoever reads this file can sign " +
              "certificates. Good for development only."
            : null;
        return new(new(certificate, key), warning);
    }

    private static ECDsa Key(string path, PemBlock block, string? passphrase)
    {
        var isPlain = block.Label == PemBlock.PlainKey;
        if (!isPlain && passphrase is null)
        {
            throw new IdentityFileException(
                path, FileProblem.PassphraseNeeded, "the key is encrypted, and no passphrase was given");
        }

        try
        {
            return isPlain ? block.ToKey() : block.ToKey(passphrase!);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw isPlain ? Malformed(path, error) : new IdentityFileException(
                path, FileProblem.PassphraseWrong, "the passphrase does not open the key", error);
        }
    }

    private static IdentityFileException Malformed(string path, Exception? inner) => new(
        path, FileProblem.Malformed, "must hold the authority's certificate and then its P-256 key, as PEM", inner);
}
