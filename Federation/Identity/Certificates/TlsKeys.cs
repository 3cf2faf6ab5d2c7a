using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FedLowRank.Federation.Identity.Certificates;

/// <summary>A certificate together with its key, in the form that the system's TLS takes.</summary>
internal static class TlsKeys
{
    /// <exception cref="ArgumentException">The key is not the certificate's.</exception>
    public static X509Certificate2 Join(X509Certificate2 certificate, ECDsa key)
    {
        var joined = certificate.CopyWithPrivateKey(key);
        if (!OperatingSystem.IsWindows()) return joined;

        // TLS of Windows does not take a key that lives in this process only.
        using (joined) return X509CertificateLoader.LoadPkcs12(joined.Export(X509ContentType.Pkcs12), password: null);
    }
}
