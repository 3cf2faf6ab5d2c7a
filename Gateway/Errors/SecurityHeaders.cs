using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Errors;

/// <summary>What browsers are told with every answer.</summary>
internal static class SecurityHeaders
{
    /// <summary>Sets them.</summary>
    /// <param name="headers">Of the answer.</param>
    /// <param name="isSecure">
    /// Whether browsers shall never again speak to this host in the clear; not in development, where the host is shared
    /// with whatever else runs on the machine.
    /// </param>
    public static void Set(IHeaderDictionary headers, bool isSecure)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";

        // An address that needs a certificate or a token is nobody else's to keep.
        headers.CacheControl = "no-store";
        if (isSecure) headers.StrictTransportSecurity = "max-age=31536000";
    }
}
