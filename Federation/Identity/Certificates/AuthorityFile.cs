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

    /// <summary>
    /// Writes a new authority. Never replaces a file: a lost authority costs every agent its enrolment.
    /// </summary>
    /// <param name="path">Where to.</param>
    /// <param name="authority">What.</param>
    /// <param name="passphrase">Null leaves the key unencrypted.</param>
    /// <exception cref="ArgumentException">The passphrase is too short.</exception>
    /// <exception cref="IdentityFileException">The file exists.</exception>
    public static void Create(string path, CertificateAuthority authority, string? passphrase) =>
        PrivateFiles.Write(path, AuthorityText.Write(authority, passphrase), replace: false);

    /// <summary>Reads the authority.</summary>
    /// <param name="path">Where from.</param>
    /// <param name="passphrase">Null where none is known.</param>
    /// <exception cref="IdentityFileException">The file cannot be used; the message says why.</exception>
    public static LoadedAuthority Load(string path, string? passphrase) =>
        AuthorityText.Read(path, PrivateFiles.Read(path), passphrase);
}
