namespace FedLowRank.ClientAgent.Tests.World;

/// <summary>The system's clock, put forward.</summary>
internal sealed class ShiftedTime(TimeSpan shift) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
}
