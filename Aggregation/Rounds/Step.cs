using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>What handling an event gives; the same state object where nothing changed.</summary>
internal readonly record struct Step(RunState State, Answer Answer)
{
    public static Answer Ignored { get; } = new Answer.Ignored();

    public static Step Done(RunState state) => new(state, new Answer.Done());

    public static Step Ignore(RunState state) => new(state, Ignored);

    public static Step Refuse(RunState state, Refusal refusal) => new(state, new Answer.Refused(refusal));
}
