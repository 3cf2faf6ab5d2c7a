using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>What an operator hands to whoever sets up an agent. As text: <see cref="InviteText"/>.</summary>
public sealed record Invite
{
    /// <summary>Checks what can be wrong with it.</summary>
    /// <exception cref="ArgumentException">The server is no short https address, or the role is none.</exception>
    public Invite(
        AgentId agent, AgentRole role, Uri server, BlobHash authority, DateTimeOffset expires, SecretToken token)
    {
        if (!server.IsAbsoluteUri || server.Scheme != Uri.UriSchemeHttps || server.AbsoluteUri.Length > ServerMax ||
            server.UserInfo.Length > 0)
        {
            throw new ArgumentException(
                $"server address '{server}': use https://host:port of at most {ServerMax} characters", nameof(server));
        }

        if (!Enum.IsDefined(role)) throw new ArgumentException($"role {role}: there is none such", nameof(role));
        (Agent, Role, Server, Authority, Token) = (agent, role, server, authority, token);
        Expires = Moments.WholeSecond(expires);
    }

    /// <summary>Longest address in characters.</summary>
    public const int ServerMax = 512;

    /// <summary>The agent's name on the server.</summary>
    public AgentId Agent { get; }

    /// <summary>What the agent is for.</summary>
    public AgentRole Role { get; }

    /// <summary>Where to enrol, https.</summary>
    public Uri Server { get; }

    /// <summary>SHA-256 of the certificate of the server's authority.</summary>
    public BlobHash Authority { get; }

    /// <summary>Until when it can be redeemed, by the server's clock, in whole seconds.</summary>
    public DateTimeOffset Expires { get; }

    /// <summary>Proves that the holder was invited.</summary>
    public SecretToken Token { get; }
}
