namespace FedLowRank.Grains;

/// <summary>How long this silo has been there, by the clock of the rules.</summary>
/// <param name="Began">When it was made; whoever is hosted here since then could be reached.</param>
internal sealed record SiloAge(DateTimeOffset Began);
