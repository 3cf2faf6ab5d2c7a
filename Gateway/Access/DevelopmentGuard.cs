using System.Net;
using FedLowRank.Gateway.Errors;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Access;

/// <summary>
/// In development mode whoever reaches the admin listener is its owner. A page from elsewhere in this machine's browser
/// reaches it too, so only requests that name this machine, and come from a page of this machine or of none, count.
/// </summary>
internal sealed class DevelopmentGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.Listener() == ListenerKind.Agent) return next(http);
        if (!IsLoopback(http.Request.Host.Host))
        {
            return new Refused(421, "misdirected", "development mode answers to names of this machine only")
                .ExecuteAsync(http);
        }

        return http.Request.Headers.Origin is [] || IsOfThisMachine(http.Request.Headers.Origin)
            ? next(http)
            : new Refused(403, "foreign-origin", "development mode takes no requests of other sites' pages")
                .ExecuteAsync(http);
    }

    private static bool IsOfThisMachine(string? origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var site) && IsLoopback(site.IdnHost);

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) ||
        (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
