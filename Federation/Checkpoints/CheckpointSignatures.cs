using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>The authority's signatures of checkpoints.</summary>
public static class CheckpointSignatures
{
    // P-256: two numbers of 32 bytes each.
    private const int SignatureBytes = 64;

    /// <summary>Says that a run has a checkpoint.</summary>
    public static SignedCheckpoint Sign(
        RunId run, BlobHash manifest, CertificateAuthority authority, DateTimeOffset now)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        return new(run, manifest, at, Convert.ToBase64String(authority.Sign(Message(run, manifest, at))));
    }

    /// <summary>Whether the authority said so.</summary>
    public static bool IsGenuine(SignedCheckpoint checkpoint, X509Certificate2 authority)
    {
        Span<byte> signature = stackalloc byte[SignatureBytes];
        if (!Base64.IsValid(checkpoint.Signature) ||
            !Convert.TryFromBase64String(checkpoint.Signature, signature, out var length) || length != SignatureBytes)
            return false;
        using var key = authority.GetECDsaPublicKey();
        var message = Message(checkpoint.Run, checkpoint.Manifest, checkpoint.At);
        return key is not null && key.VerifyData(message, signature, HashAlgorithmName.SHA256);
    }

    // Begins as neither a certificate nor a head of the audit log does, so that none can be taken for another.
    private static byte[] Message(RunId run, BlobHash manifest, DateTimeOffset at) => Encoding.ASCII.GetBytes(
        string.Create(
            CultureInfo.InvariantCulture,
            $"fedlowrank checkpoint 1\n{run}\n{manifest}\n{at.ToUnixTimeMilliseconds()}\n"));
}
