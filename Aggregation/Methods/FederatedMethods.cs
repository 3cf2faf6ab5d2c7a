using System.Collections.Immutable;

namespace FedLowRank.Aggregation.Methods;

/// <summary>The methods by the names that configurations use.</summary>
public static class FederatedMethods
{
    /// <summary>All names.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        "fedsvd", "fedsvd-alternating", "ffa", FfaLora.OrthonormalName, "fedavg",
        "fedex", "rolora", "flora", "flexlora", FedSb.MethodName,
    ];

    /// <summary>The method of that name.</summary>
    /// <exception cref="ArgumentException">No method has that name, or a setting is outside its limits.</exception>
    public static IFederatedMethod Create(string name, MethodOptions options)
        => name switch
        {
            "fedsvd" => new FedSvd(options.Period),
            "fedsvd-alternating" => new FedSvdAlternating(options.Period),
            "ffa" => new FfaLora(),
            FfaLora.OrthonormalName => new FfaLora(isOrthonormal: true),
            "fedavg" => new FedAvgLora(),
            "fedex" => new FedExLora(options.CohortSize),
            "rolora" => new RoLora(options.Period),
            "flora" => new FLora(options.CohortSize),
            "flexlora" => new FlexLora(),
            FedSb.MethodName => new FedSb(),
            _ => throw new ArgumentException(
                $"method '{name}' is not supported; choose one of {string.Join(", ", Names)}", nameof(name)),
        };
}
