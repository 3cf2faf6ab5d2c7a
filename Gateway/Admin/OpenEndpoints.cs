using System.Diagnostics;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Errors;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace FedLowRank.Gateway.Admin;

/// <summary>What needs neither a certificate nor a token.</summary>
internal static class OpenEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Routes.Authority, (CertificateAuthority authority) =>
                TypedResults.Bytes(authority.Certificate.RawData, "application/pkix-cert"))
            .For(new AccessRule.Open(), "authority").Produces(200, contentType: "application/pkix-cert");
        routes.MapPost(Routes.Enrol, EnrolAsync).For(new AccessRule.Enrolment(), "enrol")
            .Produces<CertificateAnswer>();
        routes.MapGet(Routes.Health, Health).For(new AccessRule.Open(OnBoth: true), "health")
            .Produces(200).Produces<Problem>(503, "application/problem+json");
    }

    private static IResult Health(GatewayParts parts, IHostApplicationLifetime lifetime) =>
        parts.IsReady() && !lifetime.ApplicationStopping.IsCancellationRequested
            ? TypedResults.Ok()
            : new Refused(503, "not-ready", "the server is not ready") { RetryAfter = TimeSpan.FromSeconds(5) };

    private static async Task<IResult> EnrolAsync(
        HttpContext http, EnrolRequest body, IFederation federation, CertificateAuthority authority,
        BoundAddresses addresses, TurnedAway turnedAway)
    {
        var (actor, outcome) = await RedeemAsync(body, federation, authority, http.RequestAborted);
        switch (outcome)
        {
            case Outcome<IssuedCertificate>.Accepted { Value: var certificate }:
                return TypedResults.Json(
                    new CertificateAnswer(certificate.Pem, addresses.Agent), WireJson.Default.CertificateAnswer);
            case Outcome<IssuedCertificate>.Refused { Refusal: var refusal }:
                await turnedAway.WriteAsync(http, actor, refusal);
                return Refusals.Of(refusal);
            default:
                throw new UnreachableException();
        }
    }

    private static async Task<(string Actor, Outcome<IssuedCertificate> Outcome)> RedeemAsync(
        EnrolRequest body, IFederation federation, CertificateAuthority authority, CancellationToken cancellationToken)
    {
        if (InviteText.Read(body.Invite) is not Outcome<Invite>.Accepted { Value: var invite })
            return ("unknown", Refusal(InviteText.Read(body.Invite)));
        var actor = $"whoever has an invite for {invite.Agent}";
        if (invite.Authority != authority.Fingerprint)
            return (actor, new CertificateRefusal.WrongAuthority(invite.Authority, authority.Fingerprint));
        return AgentRequest.Read(body.Request) is Outcome<AgentRequest>.Accepted { Value: var request }
            ? (actor, await federation.Agents.RedeemAsync(invite.Agent, invite.Token, request, cancellationToken))
            : (actor, Refusal(AgentRequest.Read(body.Request)));
    }

    private static IdentityRefusal Refusal<T>(Outcome<T> outcome)
        where T : notnull => ((Outcome<T>.Refused)outcome).Refusal;
}
