using System.Globalization;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Service;

namespace FedLowRank.Gateway.Console.Views;

/// <summary>How an agent stands, in plain words.</summary>
internal static class AgentView
{
    /// <summary>A word or two.</summary>
    public static string State(AgentRecord agent) => agent.State.Status switch
    {
        EnrolmentStatus.Enrolled => agent.IsConnected ? "connected" : "away",
        EnrolmentStatus.Invited => "invited, not enrolled yet",
        EnrolmentStatus.Revoked => "revoked",
        EnrolmentStatus.Expired => "expired",
        var other => other.Name,
    };

    /// <summary>Class of the mark beside it.</summary>
    public static string Mark(AgentRecord agent) => agent.State.Status switch
    {
        EnrolmentStatus.Enrolled => agent.IsConnected ? "good" : "warn",
        EnrolmentStatus.Revoked or EnrolmentStatus.Expired => "bad",
        _ => "calm",
    };

    /// <summary>What is known of one that was not seen: a server remembers only what it saw itself.</summary>
    public static string NotSeen(AgentRecord agent) =>
        agent.State.Status is EnrolmentStatus.Invited ? "never" : "not since the server began";

    /// <summary>Epsilon spent of what its owner allows, as the agent says; its own ledger counts.</summary>
    public static string Budget(AgentRecord agent) => agent.Facts switch
    {
        { EpsilonSpent: { } spent, EpsilonMax: { } max } =>
            string.Create(CultureInfo.InvariantCulture, $"{Up(spent):0.00} of {Down(max):0.##}"),
        { EpsilonSpent: { } spent } => string.Create(CultureInfo.InvariantCulture, $"{Up(spent):0.00}, no limit told"),
        _ => "–",
    };

    /// <summary>What is left of the budget.</summary>
    public static string BudgetLeft(AgentRecord agent) => agent.Facts switch
    {
        { EpsilonMax: { } max, EpsilonSpent: { } spent } => string.Create(
            CultureInfo.InvariantCulture,
            $"epsilon {Down(Math.Max(0, max - spent)):0.00} at delta {agent.Facts.Delta:0.###e+0}"),
        { EpsilonMax: null } => "no budget told",
        _ => "not told yet",
    };

    /// <summary>A word for a kind of error.</summary>
    public static string Kind(AgentErrorKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>What to do about an error.</summary>
    public static string Advice(AgentErrorKind kind) => kind switch
    {
        AgentErrorKind.Policy =>
            "Its owner decides: they can allow the run in the agent's policy.json, or the run can ask for less.",
        AgentErrorKind.Budget =>
            "Nothing brings spent budget back. Its owner can raise the budget; a run with more noise or fewer steps " +
            "costs less.",
        AgentErrorKind.Data => "Its owner should run fedlowrank-agent doctor: it names the file, column and row.",
        AgentErrorKind.Model =>
            "Its owner should put the run's base model into the folder that policy.json names; the run's page has " +
            "its hash.",
        AgentErrorKind.Resources => "Its owner should free disk or memory, or look after the device.",
        AgentErrorKind.Ledger =>
            "Until its owner restores the ledger it trains nothing, for what was spent is not known any more.",
        AgentErrorKind.Training => "The budget of the round stays spent. Its owner's log has the whole of it.",
        AgentErrorKind.Refused => "The round's page says what became of its update.",
        AgentErrorKind.Certificate => "If its certificate runs out, invite it again.",
        _ => "Its owner's log has the whole of it.",
    };

    // Never less than is spent, nor more than is allowed.
    private static double Up(double epsilon) => Math.Ceiling(epsilon * 100) / 100;

    private static double Down(double epsilon) => Math.Floor(epsilon * 100) / 100;
}
