using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Access;

/// <summary>Who a person is: by a token of ours, or by one of the identity provider.</summary>
internal sealed class SignIn(GatewayOptions options, IFederation federation, WebTokens? webTokens)
{
    private const string Scheme = "Bearer ";

    private static readonly SignedInUser Developer = new("developer", AdminRole.Owner);

    public async ValueTask<Outcome<SignedInUser>> WhoAsync(HttpContext http)
    {
        if (options.IsDevelopment) return Developer;
        if (http.Request.Headers.Authorization is not [{ } header] ||
            !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return new UserRefusal.NotAToken();

        return await WhoAsync(header[Scheme.Length..].Trim(), http.RequestAborted);
    }

    /// <summary>Who holds a token, however it was sent.</summary>
    public async ValueTask<Outcome<SignedInUser>> WhoAsync(string word, CancellationToken cancellationToken)
    {
        if (options.IsDevelopment) return Developer;
        if (webTokens is not null && !word.StartsWith(AdminTokenText.Prefix, StringComparison.Ordinal))
            return await webTokens.WhoAsync(word, cancellationToken);
        return AdminTokenText.Read(word) switch
        {
            Outcome<SecretToken>.Accepted { Value: var token } =>
                await federation.Users.SignInAsync(token, cancellationToken),
            _ => new UserRefusal.NotAToken(),
        };
    }
}
