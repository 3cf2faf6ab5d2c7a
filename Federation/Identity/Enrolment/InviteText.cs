using System.Buffers.Binary;
using System.Text;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>
/// An invite as one word. Its content is: role (1 byte), expiry (seconds since 1970, 8 bytes big-endian), token (32),
/// SHA-256 of the authority (32), length of the agent's name (1) and the name, and the address of the server; text is
/// UTF-8.
/// </summary>
public static class InviteText
{
    /// <summary>How an invite of this version begins.</summary>
    public const string Prefix = SecretText.Family + "invite1_";

    /// <summary>Longest text that is looked at, in characters.</summary>
    public const int TextMax = 4096;

    private const string AnyVersion = SecretText.Family + "invite";
    private const int FixedBytes = 1 + 8 + SecretToken.ByteCount + 32 + 1;

    /// <summary>Writes the invite. The text is a secret until it is redeemed.</summary>
    public static string Write(Invite invite)
    {
        var name = Encoding.UTF8.GetBytes(invite.Agent.Value);
        var server = Encoding.UTF8.GetBytes(invite.Server.AbsoluteUri);
        var content = new byte[FixedBytes + name.Length + server.Length];
        content[0] = (byte)invite.Role;
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(1), invite.Expires.ToUnixTimeSeconds());
        invite.Token.CopyTo(content.AsSpan(9));
        Convert.FromHexString(invite.Authority.ToString()).CopyTo(content, 41);
        content[73] = (byte)name.Length;
        name.CopyTo(content, FixedBytes);
        server.CopyTo(content, FixedBytes + name.Length);
        return SecretText.Encode(Prefix, content);
    }

    /// <summary>Reads what a person pasted. White space anywhere in it does no harm.</summary>
    public static Outcome<Invite> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > TextMax) return new InviteRefusal.NotAnInvite();
        var word = SecretText.Unwrap(text);
        if (!word.StartsWith(AnyVersion, StringComparison.Ordinal)) return new InviteRefusal.NotAnInvite();
        if (!word.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return word.AsSpan(AnyVersion.Length).TrimStart("0123456789").StartsWith('_')
                ? new InviteRefusal.OtherVersion()
                : new InviteRefusal.Mistyped();
        }

        if (!SecretText.TryDecode(word.AsSpan(Prefix.Length), out var content)) return new InviteRefusal.Mistyped();
        try
        {
            return Parse(content);
        }
        catch (Exception error) when (error is ArgumentException or UriFormatException)
        {
            return new InviteRefusal.Malformed(error.Message);
        }
    }

    private static Outcome<Invite> Parse(ReadOnlySpan<byte> content)
    {
        if (content.Length < FixedBytes || content.Length < FixedBytes + content[73])
            return new InviteRefusal.Malformed($"{content.Length} bytes are too few");
        var name = Encoding.UTF8.GetString(content.Slice(FixedBytes, content[73]));
        var server = Encoding.UTF8.GetString(content[(FixedBytes + content[73])..]);
        return new Invite(
            new AgentId(name), (AgentRole)content[0], new Uri(server, UriKind.Absolute),
            BlobHash.Of(content.Slice(41, 32)),
            DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(content[1..])),
            SecretToken.Read(content.Slice(9, SecretToken.ByteCount)));
    }
}
