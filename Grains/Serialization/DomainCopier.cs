using Orleans.Serialization.Cloning;

namespace FedLowRank.Grains.Serialization;

/// <summary>The house's values never change, so that a call within a silo hands over the very same.</summary>
internal sealed class DomainCopier : IGeneralizedCopier
{
    /// <inheritdoc/>
    public bool IsSupportedType(Type type) => DomainJson.IsDomain(type);

    /// <inheritdoc/>
    public object? DeepCopy(object? input, CopyContext context) => input;
}
