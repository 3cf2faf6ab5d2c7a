using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Users;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace FedLowRank.Gateway.Access;

/// <summary>
/// Signed web tokens of the identity provider. Only signatures by a key that the provider publishes under the token's
/// own key id count, and only of the kinds below: none with a shared secret, which a public key could be taken for.
/// </summary>
internal sealed partial class WebTokens
{
    private const int TokenCharactersMax = 8192;

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256,
    ];

    private readonly JsonWebTokenHandler handler = new()
    {
        MapInboundClaims = false,
        MaximumTokenSizeInBytes = TokenCharactersMax,
    };

    private readonly OidcRules rules;
    private readonly TokenValidationParameters parameters;
    private readonly ILogger log;

    public WebTokens(OidcOptions options, TimeProvider time, ILogger<WebTokens> log)
    {
        (rules, this.log) = (options.Rules, log);
        parameters = new()
        {
            ValidAlgorithms = Algorithms,
            ValidIssuer = rules.Issuer,
            ValidAudience = rules.Audience,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ClockSkew = TimeSpan.FromMinutes(1),
            LifetimeValidator = (from, until, _, own) =>
                IsCurrent(from, until, time.GetUtcNow().UtcDateTime, own.ClockSkew),
            TryAllIssuerSigningKeys = false,
        };
        if (options.Discovery is { } discovery)
        {
            parameters.ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(
                discovery.AbsoluteUri, new OpenIdConnectConfigurationRetriever(),
                new HttpDocumentRetriever { RequireHttps = true });
        }
        else
        {
            parameters.IssuerSigningKeys = new JsonWebKeySet(File.ReadAllText(options.KeysFile!)).GetSigningKeys();
        }
    }

    /// <summary>Who holds the token.</summary>
    public async Task<Outcome<SignedInUser>> WhoAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > TokenCharactersMax) return new UserRefusal.NotAToken();
        cancellationToken.ThrowIfCancellationRequested();
        var result = await handler.ValidateTokenAsync(token, parameters);
        if (!result.IsValid)
        {
            // The exception's own words may quote the token.
            Invalid(result.Exception.GetType().Name);
            return new UserRefusal.BadClaims($"the token does not hold: {result.Exception.GetType().Name}");
        }

        return rules.Map([.. result.ClaimsIdentity.Claims]);
    }

    private static bool IsCurrent(DateTime? from, DateTime? until, DateTime now, TimeSpan skew) =>
        until is { } end && now < end + skew && (from is not { } start || start <= now + skew);

    [LoggerMessage(5030, LogLevel.Information, "A web token does not hold: {Reason}.")]
    private partial void Invalid(string reason);
}
