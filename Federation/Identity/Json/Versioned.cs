namespace FedLowRank.Federation.Identity.Json;

/// <summary>A value and the version of its form, which is read first.</summary>
internal sealed record Versioned<T>(int Schema, T Value);
