using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Gateway.Console.Sessions;

/// <summary>
/// Sessions as a cookie holds them: AES-256-GCM under a key that all gateways of a federation derive from its
/// authority, so that any of them may be asked. Whoever steals a cookie can use it until it expires, but not learn the
/// token.
/// </summary>
internal sealed class SessionSeal
{
    /// <summary>A day's work.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private const int IdBytes = 16;
    private const int TimeBytes = sizeof(long);

    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;

    private readonly byte[] sealKey;
    private readonly byte[] formKey;
    private readonly TimeProvider time;

    public SessionSeal(CertificateAuthority authority, TimeProvider time)
    {
        this.time = time;
        sealKey = authority.DeriveKey("fedlowrank console session v1", 32);
        formKey = authority.DeriveKey("fedlowrank console form v1", 32);
    }

    /// <summary>A new session of whoever holds the token.</summary>
    public ConsoleSession Begin(string token) => new(
        token, time.GetUtcNow() + Lifetime, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes)));

    /// <summary>The session as text for a cookie: nonce, tag, then the sealed content.</summary>
    public string Seal(ConsoleSession session)
    {
        byte[] content = [.. TimeOf(session), .. Base64Url.DecodeFromChars(session.Id), .. TextOf(session)];
        var whole = new byte[NonceBytes + TagBytes + content.Length];
        RandomNumberGenerator.Fill(whole.AsSpan(0, NonceBytes));

        // Not shared between requests: it holds the state of the one operation.
        using var aes = new AesGcm(sealKey, TagBytes);
        aes.Encrypt(
            whole.AsSpan(0, NonceBytes), content, whole.AsSpan(NonceBytes + TagBytes),
            whole.AsSpan(NonceBytes, TagBytes));
        return Base64Url.EncodeToString(whole);
    }

    /// <summary>The session of a cookie; null where it is none of ours, was changed, or has expired.</summary>
    public ConsoleSession? Open(string? text)
    {
        if (text is null || text.Length > ConsoleCookie.CharactersMax || !Base64Url.IsValid(text)) return null;
        var whole = Base64Url.DecodeFromChars(text);
        var length = whole.Length - NonceBytes - TagBytes;
        if (length <= TimeBytes + IdBytes) return null;
        var content = new byte[length];
        using var aes = new AesGcm(sealKey, TagBytes);
        try
        {
            aes.Decrypt(
                whole.AsSpan(0, NonceBytes), whole.AsSpan(NonceBytes + TagBytes), whole.AsSpan(NonceBytes, TagBytes),
                content);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        var expires = new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(content), TimeSpan.Zero);
        return expires <= time.GetUtcNow()
            ? null
            : new(
                Encoding.UTF8.GetString(content.AsSpan(TimeBytes + IdBytes)), expires,
                Base64Url.EncodeToString(content.AsSpan(TimeBytes, IdBytes)));
    }

    /// <summary>What a form of the session must bring back, so that no other site's page can send one.</summary>
    /// <param name="sessionId">Empty for a form without a session.</param>
    public string FormToken(string sessionId) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(formKey, Encoding.UTF8.GetBytes(sessionId)));

    /// <summary>Whether a form brought it.</summary>
    public bool IsFormToken(string sessionId, string? given) => given is not null &&
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(FormToken(sessionId)), Encoding.UTF8.GetBytes(given));

    private static byte[] TimeOf(ConsoleSession session)
    {
        var bytes = new byte[TimeBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, session.Expires.UtcTicks);
        return bytes;
    }

    private static byte[] TextOf(ConsoleSession session) => Encoding.UTF8.GetBytes(session.Token);
}
