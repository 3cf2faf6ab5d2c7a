using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Gateway.Console;

/// <summary>The console's addresses.</summary>
public static class ConsoleRoutes
{
    /// <summary>The overview.</summary>
    public const string Root = "/console";

    /// <summary>GET the form, POST the token.</summary>
    public const string SignIn = Root + "/sign-in";

    /// <summary>POST.</summary>
    public const string SignOut = Root + "/sign-out";

    /// <summary>Style sheet and script.</summary>
    public const string Assets = Root + "/assets";

    /// <summary>All runs.</summary>
    public const string Runs = Root + "/runs";

    /// <summary>Two runs side by side: <c>?a=</c> and <c>b=</c>.</summary>
    public const string Compare = Root + "/compare";

    /// <summary>
    /// The form for a new run; <c>?from=</c> names one whose start it takes. POST judges it, gives it as a run file or
    /// makes the run.
    /// </summary>
    public const string NewRun = Root + "/new-run";

    /// <summary>POST: what is to be said of the form while it is filled in.</summary>
    public const string CheckNewRun = NewRun + "/check";

    /// <summary>All agents; POST invites one.</summary>
    public const string Agents = Root + "/agents";

    /// <summary>The changes of <see cref="Agents"/>; not beneath it, where agents' names are.</summary>
    public const string AgentsStream = Root + "/agents-live";

    /// <summary>The audit log.</summary>
    public const string Audit = Root + "/audit";

    /// <summary>People, and what the server is told.</summary>
    public const string Settings = Root + "/settings";

    /// <summary>POST makes a token.</summary>
    public const string Users = Settings + "/users";

    /// <summary>A run.</summary>
    public static string Run(RunId run) => $"{Runs}/{run}";

    /// <summary>The form for a run like another one.</summary>
    public static string NewRunLike(RunId run) => $"{NewRun}?from={run}";

    /// <summary>Asks whether to carry out a command, and says what will happen; POST carries it out.</summary>
    public static string Command(RunId run, string command) => $"{Run(run)}/commands/{command}";

    /// <summary>All attempts of a run that have ended; <c>?before=</c> leads to earlier ones.</summary>
    public static string Rounds(RunId run) => $"{Run(run)}/rounds";

    /// <summary>One attempt at a round.</summary>
    public static string Round(RunId run, RoundId round) => $"{Run(run)}/rounds/{round}";

    /// <summary>The agents that words find, after a name.</summary>
    public static string FoundAgents(string find, string? after) => Agents + Query(find, after);

    /// <summary>Tells anew what <see cref="FoundAgents"/> shows.</summary>
    public static string LiveAgents(string find, string? after) => AgentsStream + Query(find, after);

    /// <summary>The form for taking an adapter out; <c>?round=</c> chooses one. POST gives it.</summary>
    public static string Export(RunId run) => $"{Run(run)}/export";

    /// <summary>Asks whether to revoke a token; POST does.</summary>
    public static string RevokeUser(UserName user) => $"{Users}/{user}/revoke";

    /// <summary>An agent.</summary>
    public static string Agent(AgentId agent) => $"{Agents}/{agent}";

    /// <summary>Asks whether to revoke an agent; POST does.</summary>
    public static string RevokeAgent(AgentId agent) => $"{Agent(agent)}/revoke";

    private static string Query(string find, string? after)
    {
        List<string> parts = [];
        if (find.Length > 0) parts.Add($"find={Uri.EscapeDataString(find)}");
        if (after is not null) parts.Add($"after={Uri.EscapeDataString(after)}");
        return parts.Count == 0 ? "" : $"?{string.Join('&', parts)}";
    }
}
