using FedLowRank.Federation.Hosting.Journaling;

namespace FedLowRank.Grains.Faults;

/// <summary>
/// Ends an activation that finds that another has written its stream: what it holds in memory is not what is stored,
/// and no call may be answered from it. Its appends were refused, because each says where the stream should end.
/// </summary>
internal sealed class ActivationLostFilter : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (Exception error) when (error is StreamConflictException or ObjectDisposedException)
        {
            End(context.TargetContext, error);
            throw new ActivationLostException(error.Message);
        }
    }

    /// <summary>Ends an activation; calls that wait for it go to the next one.</summary>
    public static void End(IGrainContext activation, Exception why) =>
        activation.Deactivate(new(DeactivationReasonCode.ApplicationError, why.Message));
}
