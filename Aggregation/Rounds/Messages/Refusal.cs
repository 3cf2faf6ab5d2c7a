using System.Globalization;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Messages;

/// <summary>Why an event was refused.</summary>
public abstract record Refusal
{
    private Refusal()
    {
    }

    /// <summary>Stable, for programs and reports.</summary>
    public abstract string Code { get; }

    /// <summary>One sentence for people.</summary>
    public abstract string Message { get; }

    /// <summary>A field is out of its limits.</summary>
    public sealed record Malformed(string Field, string Value, string Limit) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "malformed";

        /// <inheritdoc/>
        public override string Message => $"{Field} is {Value}; it must be {Limit}";
    }

    /// <summary>The agent was not invited to this attempt.</summary>
    public sealed record NotInvited(AgentId Agent, RoundId Round) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "not-invited";

        /// <inheritdoc/>
        public override string Message => $"{Agent} was not invited to round {Round}";
    }

    /// <summary>The run knows no such attempt of the agent's, or it is not the current one.</summary>
    public sealed record Stale(RoundId Round, RoundId? Current) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "stale";

        /// <inheritdoc/>
        public override string Message =>
            $"round {Round} is not in progress; {(Current is null ? "none is" : $"round {Current} is")}";
    }

    /// <summary>The round was closed without the agent's update.</summary>
    public sealed record Late(RoundId Round) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "late";

        /// <inheritdoc/>
        public override string Message => $"round {Round} was closed before the update came";
    }

    /// <summary>Another update came first.</summary>
    public sealed record Conflict(RoundId Round, BlobHash First, BlobHash Second) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "conflict";

        /// <inheritdoc/>
        public override string Message =>
            $"round {Round} already has {First} from this agent; {Second} comes on top and is not used";
    }

    /// <summary>The update is kept out of the sum.</summary>
    public sealed record Quarantined(RoundId Round, BlobHash Update, ScreeningVerdict Verdict) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "quarantined";

        /// <inheritdoc/>
        public override string Message => $"update {Update} of round {Round} is kept out of the sum: {Verdict}";
    }

    /// <summary>What the agent sent does not fit where it stands.</summary>
    public sealed record WrongStanding(AgentId Agent, RoundId Round, Standing Standing) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "wrong-standing";

        /// <inheritdoc/>
        public override string Message => $"{Agent} stands in round {Round} as: {Standing.Name}";
    }

    /// <summary>The invitation is no longer open.</summary>
    public sealed record SelectionClosed(RoundId Round) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "selection-closed";

        /// <inheritdoc/>
        public override string Message => $"round {Round} began before the invitation was answered";
    }

    /// <summary>Only an evaluator that was asked may answer.</summary>
    public sealed record NotAsked(AgentId Agent, RoundId Round) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "not-asked";

        /// <inheritdoc/>
        public override string Message => $"{Agent} was not asked to evaluate round {Round}";
    }

    /// <summary>The command does not apply to the run as it is.</summary>
    public sealed record NotNow(string Command, string Status) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "not-now";

        /// <inheritdoc/>
        public override string Message => $"{Command}: the run is {Status}";
    }

    /// <summary>Another command had this id.</summary>
    public sealed record CommandIdTaken(CommandId Id, string First) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "command-id-taken";

        /// <inheritdoc/>
        public override string Message => $"command id {Id} was used for another command: {First}";
    }

    /// <summary>No checkpoint of that round counts.</summary>
    public sealed record NoCheckpoint(int Round, int First, int Last) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "no-checkpoint";

        /// <inheritdoc/>
        public override string Message => string.Create(
            CultureInfo.InvariantCulture, $"round {Round} has no checkpoint; rounds {First} to {Last} have");
    }

    /// <summary>The plan is out of its limits.</summary>
    public sealed record BadPlan(ValueList<string> Problems) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "bad-plan";

        /// <inheritdoc/>
        public override string Message => string.Join("; ", Problems);
    }

    /// <summary>The checkpoint that is to be started from is not in the server's store any more, or damaged.</summary>
    /// <param name="Round">Whose checkpoint.</param>
    /// <param name="Problem">What is wrong with it.</param>
    public sealed record BadStart(int Round, string Problem) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "bad-start";

        /// <inheritdoc/>
        public override string Message => string.Create(
            CultureInfo.InvariantCulture, $"the checkpoint of round {Round} cannot be started from: {Problem}");
    }

    /// <summary>The new run's id is this run's, or that of a fork not made yet.</summary>
    public sealed record RunIdTaken(RunId Id) : Refusal
    {
        /// <inheritdoc/>
        public override string Code => "run-id-taken";

        /// <inheritdoc/>
        public override string Message => $"run id {Id} is taken";
    }
}
