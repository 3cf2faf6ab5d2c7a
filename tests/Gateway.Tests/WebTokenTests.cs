using System.Security.Cryptography;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FedLowRank.Gateway.Tests;

/// <summary>
/// Goal: a token of the identity provider counts only where the provider signed it, for us, for now. Method: tokens
/// with
/// one thing wrong each.
/// </summary>
public sealed class WebTokenTests : IDisposable
{
    private static readonly OidcRules Rules = new(
        "https://id.example", "fedlowrank", "groups", [new GroupRole("ops", AdminRole.Operator)]);

    private readonly RSA rsa = RSA.Create(2048);
    private readonly ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string keysFile = Path.GetTempFileName();
    private readonly ShiftedTime time = new();
    private readonly WebTokens tokens;

    public WebTokenTests()
    {
        var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(false)));
        var point = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(ec));
        File.WriteAllText(keysFile,
            $$"""
            {"keys":[{"kty":"RSA","kid":"one","use":"sig","n":"{{key.N}}","e":"{{key.E}}"},
            {"kty":"EC","kid":"curve","use":"sig","crv":"P-256","x":"{{point.X}}","y":"{{point.Y}}"}]}
            """);
        tokens = new(
            new() { Rules = Rules, KeysFile = keysFile }, time, NullLogger<WebTokens>.Instance);
    }

    [Fact]
    public async Task A_token_of_the_provider_signs_its_holder_in()
    {
        var user = GatewayRig.Accepted(await tokens.WhoAsync(Token(), default));
        Assert.Equal(("ann (https://id.example)", AdminRole.Operator), (user.Name, user.Role));
    }

    [Fact]
    public async Task Keys_on_a_curve_sign_in_too_and_no_other_curve_in_their_name()
    {
        GatewayRig.Accepted(await tokens.WhoAsync(Token(credentials: Signing(ec)), default));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RefusedAsync(Token(credentials: Signing(other)));
        using var larger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await RefusedAsync(Token(credentials: Signing(larger, SecurityAlgorithms.EcdsaSha384)));

        static SigningCredentials Signing(ECDsa key, string algorithm = SecurityAlgorithms.EcdsaSha256) =>
            new(new ECDsaSecurityKey(key) { KeyId = "curve" }, algorithm);
    }

    [Fact]
    public async Task Tokens_with_one_thing_wrong_are_refused()
    {
        using var other = RSA.Create(2048);
        await RefusedAsync(Token(issuer: "https://evil.example"));
        await RefusedAsync(Token(audience: "another"));
        await RefusedAsync(Token(key: other));
        await RefusedAsync(Token(keyId: "two"));
        await RefusedAsync(Token(keyId: null));
        await RefusedAsync(Token(from: TimeSpan.FromMinutes(5)));
        await RefusedAsync(Token(group: "guests"));
        var parts = Token().Split('.');
        await RefusedAsync($"{parts[0]}.{parts[1]}.");
        await RefusedAsync($"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{parts[1]}.");
        await RefusedAsync($"{parts[0]}.{Base64UrlEncoder.Encode("""{"sub":"root"}""")}.{parts[2]}");
        await RefusedAsync(new string('a', 10_000));
        var good = Token();
        time.Advance(TimeSpan.FromMinutes(12));
        await RefusedAsync(good);
    }

    [Fact]
    public async Task The_public_key_is_no_shared_secret()
    {
        var secret = new SymmetricSecurityKey(rsa.ExportSubjectPublicKeyInfo()) { KeyId = "one" };
        await RefusedAsync(Token(credentials: new(secret, SecurityAlgorithms.HmacSha256)));
    }

    public void Dispose()
    {
        rsa.Dispose();
        ec.Dispose();
        File.Delete(keysFile);
    }

    private async Task RefusedAsync(string token) =>
        Assert.IsType<Outcome<SignedInUser>.Refused>(await tokens.WhoAsync(token, default));

    private string Token(
        string issuer = "https://id.example", string audience = "fedlowrank", string group = "ops",
        RSA? key = null, string? keyId = "one", TimeSpan from = default, SigningCredentials? credentials = null)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = now + from,
            Expires = now + from + TimeSpan.FromMinutes(10),
            IssuedAt = now,
            Claims = new Dictionary<string, object> { ["sub"] = "ann", ["groups"] = new[] { group } },
            SigningCredentials = credentials ??
                new(new RsaSecurityKey(key ?? rsa) { KeyId = keyId }, SecurityAlgorithms.RsaSha256),
        });
    }
}
