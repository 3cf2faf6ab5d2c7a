using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;

namespace FedLowRank.Cli.Verbs;

/// <summary><c>rounds</c>: start a round by hand, and see how one went.</summary>
internal static class RoundsVerbs
{
    public static Command Create(CommandHost host) => AdminVerb.Group(
        "rounds", "Start a round by hand, and see how one went.", Trigger(host), Show(host));

    private static Command Trigger(CommandHost host)
    {
        var run = RunsVerbs.RunArgument();
        return AdminVerb.Create(
            host, "trigger", "Begin the next round now.", [run],
            (session, token) => RunsVerbs.CommandAsync(session, session.Get(run), new RunCommand.Trigger(), token));
    }

    private static Command Show(CommandHost host)
    {
        var run = RunsVerbs.RunArgument();
        var round = AdminVerb.Argument<RoundName?>(
            "round", "Number of the round, or NUMBER.ATTEMPT. [default: the last]", RoundName.Parse);
        round.Arity = ArgumentArity.ZeroOrOne;
        round.DefaultValueFactory = _ => null;
        return AdminVerb.Create(
            host, "show", "Who was invited, took part, was late or refused and why, and how long it took.",
            [run, round],
            async (session, token) =>
            {
                using var client = await session.ConnectAsync(token);
                var (state, json) = await RunCalls.StateAsync(client, session.Get(run), token);
                Show(session, state, json, session.Get(round));
            });
    }

    private static void Show(AdminSession session, RunState state, byte[] json, RoundName? wanted)
    {
        var console = CommandHost.ConsoleOn(session.Host.Output);
        if (state.Round is { } running && (wanted is null || wanted.Matches(running.Id)))
        {
            if (session.IsJson) Answer(session, json, value => value["status"]!["round"] ?? value["status"]!["held"]);
            else RunTables.Write(console, running, state.Clock);
            return;
        }

        var index = state.History.ToList().FindLastIndex(report => wanted is null || wanted.Matches(report.Id));
        if (index < 0)
        {
            throw AdminException.NotFound(wanted is null
                ? $"{state.Id} has had no round yet"
                : $"{state.Id} has had no round {wanted}; it has had {state.History.Count} attempts");
        }

        if (session.IsJson) Answer(session, json, value => value["history"]![index]);
        else RunTables.Write(console, state.History[index]);
    }

    private static void Answer(AdminSession session, byte[] json, Func<JsonNode, JsonNode?> part) =>
        session.AnswerJson(Encoding.UTF8.GetBytes(part(JsonNode.Parse(json)!["value"]!)!.ToJsonString()));

    /// <summary>A round, or one attempt at it.</summary>
    private sealed record RoundName(int Number, int? Attempt)
    {
        public static RoundName Parse(string text)
        {
            var parts = text.Split('.');
            return parts.Length <= 2 && parts.All(IsNumber)
                ? new(Value(parts[0]), parts.Length == 2 ? Value(parts[1]) : null)
                : throw new FormatException($"'{text}' is no round; expected for example 3 or 3.2");
        }

        public bool Matches(RoundId id) => id.Number == Number && (Attempt is null || id.Attempt == Attempt);

        public override string ToString() => Attempt is { } attempt
            ? string.Create(CultureInfo.InvariantCulture, $"{Number}.{attempt}")
            : Number.ToString(CultureInfo.InvariantCulture);

        private static bool IsNumber(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

        private static int Value(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }
}
