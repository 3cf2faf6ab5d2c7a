using FedLowRank.Aggregation.Rounds.Messages;

namespace FedLowRank.Federation.Hosting.Running;

/// <summary>Which events may come from outside.</summary>
internal static class OutsideEvents
{
    /// <summary>Refuses what only the server itself can know.</summary>
    /// <exception cref="ArgumentException">It is such an event.</exception>
    public static void RequireFromOutside(this RunEvent happened)
    {
        if (happened is not (RunEvent.Asked or RunEvent.AgentJoined or RunEvent.AgentDeclined or
            RunEvent.AgentProgressed or RunEvent.AgentLost or RunEvent.UpdateSubmitted or RunEvent.EvaluationDone or
            RunEvent.EvaluationDeclined))
        {
            throw new ArgumentException($"{happened.GetType().Name} is for the server alone to say", nameof(happened));
        }
    }
}
