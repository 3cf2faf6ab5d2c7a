using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Service;
using Orleans.Serialization;

namespace FedLowRank.Grains.Serialization;

/// <summary>The house's types may be named in messages.</summary>
internal sealed class DomainTypes : ITypeNameFilter
{
    private static readonly string[] Domain =
        [typeof(RunId).Assembly.GetName().Name!, typeof(IFederation).Assembly.GetName().Name!];

    /// <inheritdoc/>
    public bool? IsTypeNameAllowed(string typeName, string assemblyName) =>
        assemblyName is not null && Domain.Contains(assemblyName.Split(',')[0]) ? true : null;
}
