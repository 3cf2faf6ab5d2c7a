using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Aggregation.Sums;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Federation.Planning;

/// <summary>The sections of a run file that only a service has: whom a round waits for, and what starts it.</summary>
internal static class PolicyReader
{
    private const int Day = 24 * 3600;

    public static RoundPolicy ReadPolicy(ConfigObject policy)
    {
        var cohort = policy.Integer("cohortSize", 1, ExactSum.AgentsMax);
        var quorum = policy.Integer("quorum", 1, cohort, cohort);
        var config = new RoundPolicy
        {
            SelectingSeconds = Seconds(policy, "selectingSeconds", 60),
            CollectingSeconds = Seconds(policy, "collectingSeconds", 3600),
            WorkSeconds = Seconds(policy, "workSeconds", 600),
            EvaluatingSeconds = Seconds(policy, "evaluatingSeconds", 600),
            CohortSize = cohort,
            OverSelection = policy.Number(
                "overSelection", NumberRange.Between(1, (double)ExactSum.AgentsMax / cohort), 1),
            Quorum = quorum,
            DistinctAgentsMin = policy.Integer("distinctAgentsMin", 1, quorum, quorum),
            RequiredAgents = ReadRequired(policy, cohort),
            MissedQuorum = ReadMissedQuorum(policy.OptionalObject("missedQuorum")),
            DirectUploads = policy.Has("directUploads") && policy.Flag("directUploads"),
            WorkRetriesMax = policy.Integer("workRetriesMax", 0, RoundPolicy.RetriesMax, 5),
        };
        policy.RefuseUnknown();
        return config;
    }

    /// <summary>By default each round follows the one before at once.</summary>
    public static RunSchedule ReadSchedule(ConfigObject? schedule)
    {
        if (schedule is null) return new RunSchedule.Automatic(RestSeconds: 0);
        var isManual = schedule.OneOf("type", ["automatic", "manual"]) == "manual";
        RunSchedule config = isManual
            ? new RunSchedule.Manual(Seconds(schedule, "triggerWithinSeconds", Day))
            : new RunSchedule.Automatic(schedule.Integer("restSeconds", 0, RoundPolicy.SecondsMax, 0));
        schedule.RefuseUnknown();
        return config;
    }

    private static ValueList<AgentId> ReadRequired(ConfigObject policy, int cohort)
    {
        const string Field = "requiredAgents";
        if (!policy.Has(Field)) return [];
        var names = policy.Texts(Field);
        if (names.Length > cohort) policy.Fail(Field, $"names {names.Length} agents; expected at most {cohort}");
        if (names.CountBy(name => name).FirstOrDefault(name => name.Value > 1) is { Key: { } twice })
            policy.Fail(Field, $"names {twice} more than once");
        try
        {
            return names.Select(name => new AgentId(name)).ToValueList();
        }
        catch (ArgumentException e)
        {
            policy.Fail(Field, ConfigException.TextOf(e));
            return [];
        }
    }

    private static MissedQuorumRule ReadMissedQuorum(ConfigObject? rule)
    {
        if (rule is null) return new(ExtendSeconds: 0, RetriesMax: 2, LastResort.Pause);
        var config = new MissedQuorumRule(
            rule.Integer("extendSeconds", 0, RoundPolicy.SecondsMax, 0),
            rule.Integer("retriesMax", 0, RoundPolicy.RetriesMax, 2),
            rule.Choice<LastResort>("lastResort", LastResort.Pause));
        rule.RefuseUnknown();
        return config;
    }

    private static int Seconds(ConfigObject section, string name, int fallback) =>
        section.Integer(name, 1, RoundPolicy.SecondsMax, fallback);
}
