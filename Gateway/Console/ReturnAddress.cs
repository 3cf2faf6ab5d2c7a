using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Console;

/// <summary>
/// Where a person goes after sign-in: to the page that they wanted, with its query. It comes back by way of the
/// browser, where anybody may have written it, so it is taken only where it can be nothing but a page of the console.
/// </summary>
internal static class ReturnAddress
{
    private const int CharactersMax = 2000;

    /// <summary>The sign-in page for a request; one whose address is too long loses its query.</summary>
    public static string SignInFor(HttpRequest request)
    {
        var path = request.Path.ToUriComponent();
        var whole = path + request.QueryString.ToUriComponent();
        return $"{ConsoleRoutes.SignIn}?to={Uri.EscapeDataString(IsOurs(whole) ? whole : path)}";
    }

    /// <summary>Whether it is a path of the console, with or without a query.</summary>
    /// <remarks>
    /// It begins with the console's own path, so that it has neither scheme nor host; a backslash, which browsers take
    /// for a slash, and all that is not printable ASCII, which has no place in a header, are in escapes or not in it.
    /// </remarks>
    public static bool IsOurs([NotNullWhen(true)] string? to) =>
        to is { Length: <= CharactersMax } && to.StartsWith(ConsoleRoutes.Root, StringComparison.Ordinal) &&
        to[ConsoleRoutes.Root.Length..] is "" or ['/' or '?', ..] &&
        to.All(letter => letter is > ' ' and < '\x7f' and not '\\');
}
