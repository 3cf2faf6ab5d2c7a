using System.Security.Cryptography;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Privacy;

namespace FedLowRank.Federation.Identity.Secrets;

/// <summary>
/// 256 random bits that prove who sends them. Never written out but by <see cref="Users.AdminTokenText"/> and
/// <see cref="Enrolment.InviteText"/>, whose text is shown once.
/// </summary>
public sealed class SecretToken
{
    internal const int ByteCount = 32;

    private readonly byte[] bytes;

    private SecretToken(byte[] bytes) => this.bytes = bytes;

    /// <summary>A new token.</summary>
    public static SecretToken Create(IRandomSource random)
    {
        var fresh = new byte[ByteCount];
        random.Fill(fresh);
        return new(fresh);
    }

    /// <summary>What the server stores of it.</summary>
    public TokenHash Hash() => new(BlobHash.Of(SHA256.HashData(bytes)));

    /// <summary>Says nothing.</summary>
    public override string ToString() => "(secret)";

    internal static SecretToken Read(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    internal void CopyTo(Span<byte> target) => bytes.CopyTo(target);
}
