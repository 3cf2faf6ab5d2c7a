using System.Globalization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Sums;

namespace FedLowRank.Aggregation.Rounds;

/// <summary>Updates: which are accepted, and what everyone else is told. An agent delivers once in a round.</summary>
internal static class Submissions
{
    public static Step Submitted(RunState state, RunEvent.UpdateSubmitted update)
    {
        if (Check(state, update) is { } malformed) return Refuse(state, update, malformed);
        if (Places.Find(state, update.Agent, update.Round) is not { } place)
            return Refuse(state, update, Places.WhyNot(state, update.Agent, update.Round));

        return place.Standing switch
        {
            Standing.Delivered first when first.Update == update.Update =>
                new(state, new Answer.Received(Receipt(state, place.Entry, update.Round, first))),
            Standing.Delivered first => Conflict(state, update, first.Update),
            Standing.Quarantined first when first.Update == update.Update =>
                Step.Refuse(state, new Refusal.Quarantined(update.Round, first.Update, first.Verdict)),
            Standing.Quarantined first => Conflict(state, update, first.Update),
            Standing.Joined when state.Round!.Phase.Stage > RoundStage.Collecting => Late(state, place, update),
            Standing.Joined when state.Round!.IsTraining(place.Entry) => Screen(state, place, update),
            Standing.NoUpdate => Late(state, place, update),
            Standing.Late => Step.Refuse(state, new Refusal.Late(update.Round)),
            _ => Refuse(state, update, new Refusal.WrongStanding(update.Agent, update.Round, place.Standing)),
        };
    }

    private static Step Screen(RunState state, Place place, RunEvent.UpdateSubmitted update)
    {
        if (update.Screening.Verdict != ScreeningVerdict.Clean)
        {
            var quarantined = new Standing.Quarantined(update.Update, update.Screening.Verdict, update.Screening.Norm);
            return Step.Refuse(place.With(state, quarantined),
                new Refusal.Quarantined(update.Round, update.Update, quarantined.Verdict));
        }

        var delivered = new Standing.Delivered(
            update.Update, update.Bytes, update.Weight, state.Clock.LastSeen, update.Screening.Norm)
        {
            Sections = update.Sections,
        };
        return new(place.With(state, delivered),
            new Answer.Received(Receipt(state, place.Entry, update.Round, delivered)));
    }

    private static Step Late(RunState state, Place place, RunEvent.UpdateSubmitted update) =>
        Step.Refuse(place.With(state, new Standing.Late(state.Clock.LastSeen)), new Refusal.Late(update.Round));

    private static Step Conflict(RunState state, RunEvent.UpdateSubmitted update, BlobHash first) =>
        Refuse(state, update, new Refusal.Conflict(update.Round, first, update.Update));

    /// <summary>Refuses, with a line in the report of the round in progress where it concerns that one.</summary>
    private static Step Refuse(RunState state, RunEvent.UpdateSubmitted update, Refusal refusal)
    {
        var line = new RefusedAgent(update.Agent, refusal.Code);
        if (state.Round is { } round && (update.Round.Number == round.Id.Number || refusal is Refusal.Stale) &&
            round.Refused.Count < RoundState.RefusedMax && !round.Refused.Contains(line))
        {
            state = state.WithRound(round with { Refused = round.Refused.Add(line) });
        }

        return Step.Refuse(state, refusal);
    }

    private static UpdateReceipt Receipt(RunState state, RosterEntry entry, RoundId id, Standing.Delivered delivered) =>
        new(state.Id, id, entry.Agent, delivered.Update, delivered.Bytes, delivered.Weight, delivered.At);

    private static Refusal.Malformed? Check(RunState state, RunEvent.UpdateSubmitted update)
    {
        var plan = state.Plan.Round;
        if (update.Run != state.Id) return new("run", update.Run.Value, state.Id.Value);
        if (update.Bytes < 1 || update.Bytes > plan.UpdateBytesMax)
            return Range("bytes", update.Bytes, plan.UpdateBytesMax);
        if (update.Weight is < 1 or > ExactSum.WeightMax) return Range("weight", update.Weight, ExactSum.WeightMax);
        if (update.Screening.Norm is not { } norm) return null;
        if (plan.Privacy is not null) return new("screening.norm", "given", "absent in a private run");
        return double.IsFinite(norm) && norm >= 0
            ? null
            : new("screening.norm", norm.ToString(CultureInfo.InvariantCulture), "finite and not negative");
    }

    private static Refusal.Malformed Range(string field, long value, long max) =>
        new(field, value.ToString(CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"between 1 and {max}"));
}
