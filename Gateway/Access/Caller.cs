using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FedLowRank.Gateway.Access;

/// <summary>Who sent a request, once <see cref="AccessControl"/> has let it through.</summary>
internal static class Caller
{
    private const int ByMax = 128;

    /// <summary>By which listener it came.</summary>
    public static ListenerKind Listener(this HttpContext http) => http.Features.GetRequiredFeature<Listener>().Kind;

    /// <summary>The certificate of the connection; agent listener only.</summary>
    public static AgentCertificate Certificate(this HttpContext http) =>
        http.Features.GetRequiredFeature<AgentCertificate>();

    /// <summary>The agent and its role.</summary>
    public static Admission Admission(this HttpContext http) => http.Features.GetRequiredFeature<Admission>();

    /// <summary>The agent.</summary>
    public static AgentId Agent(this HttpContext http) => http.Admission().Agent;

    /// <summary>What a run remembers of a person's name; one from an identity provider may be longer.</summary>
    public static string RecordedName(this SignedInUser person) =>
        person.Name.Length <= ByMax ? person.Name : person.Name[..ByMax];

    /// <summary>The person.</summary>
    public static SignedInUser Person(this HttpContext http) => http.Features.GetRequiredFeature<SignedInUser>();
}
