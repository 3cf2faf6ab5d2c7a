using System.Diagnostics;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Access;

/// <summary>Lets a request through to the address that was found for it, or does not.</summary>
internal sealed class AccessControl(
    RequestDelegate next, IFederation federation, SignIn signIn, ConsoleAccess console, TurnedAway turnedAway)
{
    public async Task InvokeAsync(HttpContext http)
    {
        // Routing's own answers (405, 415) are endpoints too, but none of those that were mapped.
        if (http.GetEndpoint() is not RouteEndpoint endpoint)
        {
            await next(http);
            return;
        }

        var access = endpoint.Metadata.GetMetadata<AccessRule>()
            ?? throw new UnreachableException($"{endpoint.DisplayName} says nothing of who may use it");
        if (!access.IsOn(http.Listener()))
        {
            await Refusals.Of(404).ExecuteAsync(http);
            return;
        }

        if (access is AccessRule.Page or AccessRule.Form)
        {
            if (await console.RefusalOfAsync(http, access) is { } page) await page.ExecuteAsync(http);
            else await next(http);
            return;
        }

        if (await RefusalOfAsync(http, access) is { } refusal)
        {
            await Refusals.Of(refusal).ExecuteAsync(http);
            return;
        }

        await next(http);
    }

    private ValueTask<IdentityRefusal?> RefusalOfAsync(HttpContext http, AccessRule access) => access switch
    {
        AccessRule.Open or AccessRule.Enrolment => default,
        AccessRule.Agent => AdmitAsync(http),
        AccessRule.Person person => SignInAsync(http, person.Action),
        _ => throw new UnreachableException(access.GetType().Name),
    };

    private async ValueTask<IdentityRefusal?> AdmitAsync(HttpContext http)
    {
        var certificate = http.Certificate();
        switch (await federation.Agents.AdmitAsync(certificate, http.RequestAborted))
        {
            case Outcome<Admission>.Accepted { Value: var admission }:
                http.Features.Set(admission);
                return null;
            case Outcome<Admission>.Refused { Refusal: var refusal }:
                await turnedAway.WriteAsync(http, certificate.Agent.Value, refusal);
                return refusal;
            default:
                throw new UnreachableException();
        }
    }

    private async ValueTask<IdentityRefusal?> SignInAsync(HttpContext http, AdminAction action)
    {
        switch (await signIn.WhoAsync(http))
        {
            case Outcome<SignedInUser>.Accepted { Value: var user }:
                http.Features.Set(user);
                if (user.RefusalOf(action) is not { } notAllowed) return null;
                await turnedAway.WriteAsync(http, user.Name, notAllowed);
                return notAllowed;
            case Outcome<SignedInUser>.Refused { Refusal: var refusal }:
                await turnedAway.WriteAsync(http, "unknown", refusal);
                return refusal;
            default:
                throw new UnreachableException();
        }
    }
}
