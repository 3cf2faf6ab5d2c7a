using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using FedLowRank.Federation.Wire;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Errors;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Access;

/// <summary>How often one agent, or one address, may ask. Comes before anything that costs.</summary>
internal static class Rates
{
    public static void Configure(RateLimiterOptions rates, GatewayLimits limits)
    {
        rates.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => Partition(http, limits));
        rates.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        rates.OnRejected = (rejected, _) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after)
                ? after
                : TimeSpan.FromSeconds(1);
            return new(new Refused(429, "too-many-requests", "this came too often; wait as Retry-After says")
            {
                RetryAfter = wait,
            }.ExecuteAsync(rejected.HttpContext));
        };
    }

    private static RateLimitPartition<string> Partition(HttpContext http, GatewayLimits limits)
    {
        if (http.Listener() == ListenerKind.Agent)
        {
            var agent = http.Certificate().Agent;
            return Address(http) == Routes.Agent.Renew
                ? Bucket($"renew {agent}", limits.Renewals)
                : Bucket($"agent {agent}", limits.AgentRequests);
        }

        var address = Network(http.Connection.RemoteIpAddress);
        return http.GetEndpoint()?.Metadata.GetMetadata<AccessRule>() switch
        {
            AccessRule.Enrolment => Bucket($"{Address(http)} {address}", limits.EnrolTries),
            AccessRule.Person or AccessRule.Page or AccessRule.Form =>
                Bucket($"admin {address}", limits.AdminRequests),
            _ when http.Request.Path.StartsWithSegments(ConsoleRoutes.Root, StringComparison.Ordinal) =>
                Bucket($"console {address}", limits.AdminRequests),
            _ => Bucket($"open {address}", limits.OpenRequests),
        };
    }

    // As it was mapped: the same address can be asked for in many spellings.
    private static string? Address(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;

    private static RateLimitPartition<string> Bucket(string key, RateLimit limit) =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ => new()
        {
            TokenLimit = limit.Burst,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1 / limit.PerSecond),
            AutoReplenishment = false,
            QueueLimit = 0,
        });

    // Who has one address of IPv6 has, as a rule, the other 2^64 of its network too.
    public static string Network(IPAddress? address)
    {
        if (address is null) return "unknown";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }
}
