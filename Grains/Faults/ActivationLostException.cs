namespace FedLowRank.Grains.Faults;

/// <summary>
/// An activation was not the only one of its grain any more, or was about to end, and has gone; whoever asks again is
/// answered by the next one, which begins with what is stored. What was asked may have happened.
/// </summary>
[GenerateSerializer, Alias("fedlowrank.activation-lost")]
internal sealed class ActivationLostException(string message) : Exception(message);
