using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>Has the server's own work of one run done. Called by the run's actor alone.</summary>
internal interface IRunWork : IAsyncDisposable
{
    /// <summary>Begins what is ordered, unless it is being done.</summary>
    void Order(RunState state, RunEffect effect);

    /// <summary>Cancels what is not ordered any more, as an older try of what is ordered again.</summary>
    void Drop(RunState state);
}
