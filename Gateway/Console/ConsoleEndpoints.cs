using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Console.Pages;
using FedLowRank.Gateway.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Console;

/// <summary>The admin console: pages, and the forms on them. Not in the description for programs.</summary>
internal static class ConsoleEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => TypedResults.LocalRedirect(ConsoleRoutes.Root)).Anybody();
        routes.MapGet(ConsoleRoutes.Assets + "/{file}", ConsoleAssets.Serve).Anybody();
        SignInForms.Map(routes);
        OverviewPages.Map(routes);
        RunPages.Map(routes);
        RoundPages.Map(routes);
        ComparePages.Map(routes);
        Downloads.Map(routes);
        ExportPages.Map(routes);
        NewRunPages.Map(routes);
        AgentPages.Map(routes);
        SettingsPages.Map(routes);
    }

    /// <summary>For everybody who reaches the admin listener.</summary>
    public static RouteHandlerBuilder Anybody(this RouteHandlerBuilder route) =>
        route.WithMetadata(new AccessRule.Open()).ExcludeFromDescription().AddEndpointFilter(TellAsync);

    /// <summary>For whoever is signed in and may do what the rule says.</summary>
    public static RouteHandlerBuilder For(this RouteHandlerBuilder route, AccessRule rule) =>
        route.WithMetadata(rule).ExcludeFromDescription().AddEndpointFilter(TellAsync);

    /// <summary>What a page cannot do is told on a page.</summary>
    private static async ValueTask<object?> TellAsync(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception error) when (Refusals.Of(error) is { } refused)
        {
            return ErrorPage.Result(refused.Status, "This could not be done", refused.Detail);
        }
    }
}
