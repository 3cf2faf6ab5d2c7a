using System.Text.Json.Serialization;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>What starts the next round.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RunSchedule.Manual), "manual")]
[JsonDerivedType(typeof(RunSchedule.Automatic), "automatic")]
public abstract record RunSchedule
{
    private RunSchedule()
    {
    }

    internal abstract int WaitSeconds { get; }

    internal abstract void AddProblems(PlanProblems problems);

    /// <summary>A person starts each round.</summary>
    /// <param name="TriggerWithinSeconds">
    /// After this long without a trigger the run pauses (<see cref="PauseReason.NotTriggered"/>).
    /// </param>
    public sealed record Manual(int TriggerWithinSeconds) : RunSchedule
    {
        internal override int WaitSeconds => TriggerWithinSeconds;

        internal override void AddProblems(PlanProblems problems) =>
            problems.Range("schedule.triggerWithinSeconds", TriggerWithinSeconds, 1, RoundPolicy.SecondsMax);
    }

    /// <summary>The run starts each round by itself; a trigger starts it at once.</summary>
    /// <param name="RestSeconds">Between two rounds; may be 0.</param>
    public sealed record Automatic(int RestSeconds) : RunSchedule
    {
        internal override int WaitSeconds => RestSeconds;

        internal override void AddProblems(PlanProblems problems) =>
            problems.Range("schedule.restSeconds", RestSeconds, 0, RoundPolicy.SecondsMax);
    }
}
