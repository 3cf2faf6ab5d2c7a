using FedLowRank.Aggregation.Rounds.Messages;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>An event on its way to a run.</summary>
/// <param name="happened">Its time is replaced by that of its application.</param>
/// <param name="isAsked">Whether somebody waits for the answer.</param>
internal sealed class RunMessage(RunEvent happened, bool isAsked)
{
    private readonly TaskCompletionSource<Answer>? reply =
        isAsked ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;

    /// <summary>What happened.</summary>
    public RunEvent Happened => happened;

    /// <summary>The answer, once the new state is durable.</summary>
    public Task<Answer> Answered => reply?.Task ?? throw new InvalidOperationException("nobody asked");

    /// <summary>Gives the answer.</summary>
    public void Answer(Answer answer) => reply?.TrySetResult(answer);

    /// <summary>Nobody knows the answer.</summary>
    public void Fail(Exception error) => reply?.TrySetException(error);
}
