namespace FedLowRank.Gateway.Tests.Rig;

/// <summary>Lets readers wait for the next change of anything.</summary>
internal sealed class Changes
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Next => Volatile.Read(ref next).Task;

    public void Tell() =>
        Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
