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

    /// <summary>Epsilon spent of what its owner allows, as the agent says; its own ledger counts.</summary>
    public static string Budget(AgentRecord agent) => agent.Facts switch
    {
        { EpsilonSpent: { } spent, EpsilonMax: { } max } =>
            string.Create(CultureInfo.InvariantCulture, $"{Up(spent):0.00} of {Down(max):0.##}"),
        { EpsilonSpent: { } spent } => string.Create(CultureInfo.InvariantCulture, $"{Up(spent):0.00}, no limit told"),
        _ => "–",
    };

    // Never less than is spent, nor more than is allowed.
    private static double Up(double epsilon) => Math.Ceiling(epsilon * 100) / 100;

    private static double Down(double epsilon) => Math.Floor(epsilon * 100) / 100;
}
