using FedLowRank.Federation.Identity.Certificates;

namespace FedLowRank.Grains.Fleet;

/// <summary>News for a front.</summary>
/// <param name="Activation">Of the grain that tells.</param>
/// <param name="Number">Of the last certificate told.</param>
/// <param name="CutOff">Certificates that are no longer admitted.</param>
/// <param name="IsAnew">What was told before does not count: the front is to say again who listens to it.</param>
[GenerateSerializer, Immutable, Alias("fedlowrank.fleet-news")]
internal sealed record FleetNews(
    [property: Id(0)] Guid Activation, [property: Id(1)] long Number, [property: Id(2)] SerialNumber[] CutOff,
    [property: Id(3)] bool IsAnew);
