using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Identity.Files;

/// <summary>
/// A profile on disk: JSON, mode 0600. <c>authority</c> is the certificate in PEM or its SHA-256 in hexadecimal digits.
/// </summary>
public static class ProfileFile
{
    /// <summary>Writes a profile whole, readable by its owner alone; replaces one that is there.</summary>
    public static void Write(string path, Profile profile)
    {
        var authority = profile.Certificate?.ExportCertificatePem() ?? profile.Authority.ToString();
        var members = new ProfileMembers(profile.Server.AbsoluteUri, authority, profile.Token);
        PrivateFiles.Write(
            path, JsonSerializer.Serialize(members, ProfileJson.Default.ProfileMembers) + "\n", replace: true);
    }

    /// <summary>Reads a profile.</summary>
    /// <exception cref="IdentityFileException">It is missing, open to others, or not of the form.</exception>
    public static Profile Read(string path)
    {
        try
        {
            var text = PrivateFiles.Read(path);
            var members = JsonSerializer.Deserialize(text, ProfileJson.Default.ProfileMembers)
                ?? throw new JsonException("the profile is null");
            var (hash, certificate) = Authority(members.Authority);
            return new()
            {
                Path = path,
                Server = Server(members.Server),
                Authority = hash,
                Certificate = certificate,
                Token = Token(members.Token),
            };
        }
        catch (Exception error) when (error is JsonException or FormatException or CryptographicException)
        {
            throw new IdentityFileException(path, FileProblem.Malformed, error.Message, error);
        }
    }

    private static Uri Server(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme == Uri.UriSchemeHttps &&
        server.UserInfo.Length == 0 && server.PathAndQuery == "/"
            ? server
            : throw new FormatException($"server is '{text}'; expected https://HOST:PORT");

    private static (BlobHash Hash, X509Certificate2? Certificate) Authority(string text)
    {
        if (!text.StartsWith("-----BEGIN", StringComparison.Ordinal)) return (BlobHash.Parse(text), null);
        var certificate = X509Certificate2.CreateFromPem(text);
        return (BlobHash.Of(SHA256.HashData(certificate.RawDataMemory.Span)), certificate);
    }

    private static string? Token(string? text) =>
        text is null || AdminTokenText.Read(text) is Outcome<SecretToken>.Accepted
            ? text
            : throw new FormatException($"token is none; a token begins with {AdminTokenText.Prefix}");
}

/// <summary>The members of the file.</summary>
internal sealed record ProfileMembers(string Server, string Authority, string? Token = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    WriteIndented = true)]
[JsonSerializable(typeof(ProfileMembers))]
internal sealed partial class ProfileJson : JsonSerializerContext;
