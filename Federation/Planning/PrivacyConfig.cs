namespace FedLowRank.Federation.Planning;

/// <summary>
/// The guarantee that each agent gives each of its examples over the whole run (add or remove one example).
/// </summary>
/// <param name="Epsilon">Target epsilon; the noise is calibrated never to exceed it.</param>
/// <param name="Delta">Delta.</param>
/// <param name="Clip">Largest norm C of one example's gradient over all trainables.</param>
public sealed record PrivacyConfig(double Epsilon, double Delta, double Clip);
