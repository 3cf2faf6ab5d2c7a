using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Hosting;

/// <summary>What is said of an address where it is mapped.</summary>
internal static class EndpointRules
{
    /// <summary>Name of the policy for what may take as long as its bytes do.</summary>
    public const string TransferPolicy = "transfer";

    /// <summary>Who may use it, and its name in the description.</summary>
    public static RouteHandlerBuilder For(this RouteHandlerBuilder route, AccessRule access, string name) => route
        .WithMetadata(access)
        .WithName(name)
        .WithTags(access is AccessRule.Agent ? "agents" : "people")
        .Produces<Problem>(400, "application/problem+json")
        .Produces<Problem>(StatusCodes.Status429TooManyRequests, "application/problem+json")
        .Produces<Problem>(500, "application/problem+json");

    /// <summary>Moves bytes of any number.</summary>
    public static RouteHandlerBuilder Transfer(this RouteHandlerBuilder route) =>
        (RouteHandlerBuilder)route.WithRequestTimeout(TransferPolicy);

    /// <summary>Ends when the peer goes.</summary>
    public static RouteHandlerBuilder Endless(this RouteHandlerBuilder route) =>
        (RouteHandlerBuilder)route.DisableRequestTimeout();

    /// <summary>Takes bytes and no JSON.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder route, string mediaType) =>
        route.Accepts<Stream>(mediaType);
}
