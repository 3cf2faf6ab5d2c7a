using System.Net.Http.Headers;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cluster.Tests.Silo;

/// <summary>The admin listener, as the owner of a profile uses it.</summary>
internal static class AdminApi
{
    /// <summary>A client that takes only the server that the profile vouches for.</summary>
    public static HttpClient Open(string profilePath)
    {
        var profile = ProfileFile.Read(profilePath);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) => PeerCheck.Server(
            presented as System.Security.Cryptography.X509Certificates.X509Certificate2, profile.Certificate!,
            profile.Server.Host, DateTimeOffset.UtcNow) is
            Outcome<System.Security.Cryptography.X509Certificates.X509Certificate2>.Accepted;
        return new(handler)
        {
            BaseAddress = profile.Server,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", profile.Token) },
        };
    }

    /// <summary>The owner asks for the runs, of which there are none.</summary>
    public static async Task SeesNoRunsAsync(string profilePath)
    {
        using var http = Open(profilePath);
        var answer = await http.GetAsync(new Uri(Routes.Runs, UriKind.Relative), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.DoesNotContain("{\"id\"", text, StringComparison.Ordinal);
    }
}
