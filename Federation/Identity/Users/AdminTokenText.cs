using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Users;

/// <summary>A user's token as the word that is shown once and sent with every request.</summary>
public static class AdminTokenText
{
    /// <summary>How a token of this version begins; programs that look for leaked secrets know it by this.</summary>
    public const string Prefix = SecretText.Family + "token1_";

    /// <summary>Writes the token.</summary>
    public static string Write(SecretToken token)
    {
        Span<byte> content = stackalloc byte[SecretToken.ByteCount];
        token.CopyTo(content);
        return SecretText.Encode(Prefix, content);
    }

    /// <summary>Reads a token from outside. Refused as <see cref="UserRefusal.NotAToken"/>.</summary>
    public static Outcome<SecretToken> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length < 128 && text.StartsWith(Prefix, StringComparison.Ordinal) &&
            SecretText.TryDecode(text.AsSpan(Prefix.Length), out var content) && content.Length == SecretToken.ByteCount
            ? SecretToken.Read(content)
            : new UserRefusal.NotAToken();
    }
}
