using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Console.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FedLowRank.Gateway.Console;

/// <summary>What every page knows of who asks for it.</summary>
/// <param name="Person">Null on pages for everybody.</param>
/// <param name="FormToken">What its forms must bring back.</param>
/// <param name="Path">The address that was asked for.</param>
/// <param name="Now">The server's clock.</param>
public sealed record PageContext(SignedInUser? Person, string FormToken, string Path, DateTimeOffset Now)
{
    /// <summary>Whether the person may do it.</summary>
    public bool May(AdminAction action) => Person is not null && Person.RefusalOf(action) is null;

    internal static PageContext Of(HttpContext http) => new(
        http.Features.Get<SignedInUser>(),
        http.RequestServices.GetRequiredService<SessionSeal>().FormToken(
            http.Features.Get<ConsoleSession>()?.Id ?? ""),
        http.Request.Path,
        http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
}
