using FedLowRank.Federation.Identity.Users;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Access;

/// <summary>
/// Deny by default: an address that says not, or twice, who may use it keeps the server from starting.
/// </summary>
internal static class AccessCheck
{
    /// <exception cref="InvalidOperationException">Names the address.</exception>
    public static void Require(IEnumerable<Endpoint> endpoints)
    {
        foreach (var endpoint in endpoints)
        {
            var rules = endpoint.Metadata.GetOrderedMetadata<AccessRule>();
            if (rules.Count != 1)
                throw new InvalidOperationException(
                    $"{endpoint.DisplayName} has {rules.Count} rules of access; it must have 1");
            AdminAction? needed = rules[0] switch
            {
                AccessRule.Person person => person.Action,
                AccessRule.Page page => page.Action,
                AccessRule.Form form => form.Action,
                _ => null,
            };
            if (needed is { } action && Permissions.LeastRole(action) is null)
                throw new InvalidOperationException($"{endpoint.DisplayName} needs {action}, which nobody may do");
        }
    }
}
