using FedLowRank.Aggregation.Methods;

namespace FedLowRank.Federation.Planning;

/// <summary>The federated method.</summary>
/// <param name="Name">One of <see cref="FederatedMethods.Names"/>.</param>
/// <param name="Period">
/// Rounds from one refresh to the next, or on one side before the other's turn; see <see cref="MethodOptions.Period"/>.
/// </param>
/// <param name="Start">How the first A, and where it is not zero the first B, is found.</param>
/// <param name="PublicText">What a calibrated or CLoQ start looks at; null for every other start.</param>
public sealed record MethodConfig(string Name, int Period, FactorStart Start, PublicTextConfig? PublicText);
