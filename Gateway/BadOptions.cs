using Microsoft.Extensions.Options;

namespace FedLowRank.Gateway;

/// <summary>Options that cannot be used.</summary>
internal static class BadOptions
{
    public static OptionsValidationException Error(string problem) =>
        new(nameof(GatewayOptions), typeof(GatewayOptions), [problem]);
}
