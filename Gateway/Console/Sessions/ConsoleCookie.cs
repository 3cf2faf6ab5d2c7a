using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Console.Sessions;

/// <summary>
/// The cookie of a session: no script reads it, no other site's page sends it, and no address but the console's
/// gets it.
/// </summary>
internal static class ConsoleCookie
{
    /// <summary>Longest value that browsers keep, with room for the name and the attributes (RFC 6265, 6.1).</summary>
    public const int CharactersMax = 3_900;

    private const string Name = "__Secure-fedlowrank";

    public static string? Read(HttpContext http) => http.Request.Cookies[Name];

    public static void Write(HttpContext http, string value) => http.Response.Cookies.Append(Name, value, Options);

    public static void Clear(HttpContext http) => http.Response.Cookies.Delete(Name, Options);

    // Without an end of its own it goes with the browser; the session in it ends earlier if that stays open.
    private static CookieOptions Options => new()
    {
        Path = ConsoleRoutes.Root,
        HttpOnly = true,
        Secure = true,
        SameSite = SameSiteMode.Strict,
        IsEssential = true,
    };
}
