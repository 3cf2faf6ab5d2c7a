using System.CommandLine;
using System.Globalization;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Verbs;

/// <summary><c>agents</c>: invite agents, look at them, take them off.</summary>
internal static class AgentsVerbs
{
    private const int HoursMax = 720;

    public static Command Create(CommandHost host) => AdminVerb.Group(
        "agents", "Invite agents, look at them, take them off.", Invite(host), List(host), Show(host), Trouble(host),
        Revoke(host));

    private static Argument<AgentId> AgentArgument() =>
        AdminVerb.Argument<AgentId>("agent", "Name of the agent.", text => new(text));

    private static Command Invite(CommandHost host)
    {
        var agent = AgentArgument();
        var role = new Option<string>("--role")
        {
            Description = "What it is for: trainer, or evaluator, which holds public data. [default: trainer]",
            HelpName = "trainer|evaluator",
            DefaultValueFactory = _ => "trainer",
        };
        role.AcceptOnlyFromAmong("trainer", "evaluator");
        var hours = AdminVerb.Number("--hours", "Until the invite expires.", (1, HoursMax), 24);
        return AdminVerb.Create(
            host, "invite", "Invite an agent: prints the word with which it enrols, once.", [agent, role, hours],
            async (session, token) =>
            {
                var request = new InviteRequest(
                    session.Get(agent), session.Get(role) == "evaluator" ? AgentRole.Evaluator : AgentRole.Trainer,
                    session.Get(hours));
                using var client = await session.ConnectAsync(token);
                var answer = await client.SendAsync(
                    () => AdminClient.Message(HttpMethod.Post, Routes.Agents, request, WireJson.Default.InviteRequest),
                    WireJson.Default.InviteAnswer, isRepeatable: false, token);
                var command = $"fedlowrank-agent enrol {answer.Invite}";
                var line = new InviteLine(request.Agent, request.Role, answer.Invite, answer.Expires, command);
                session.Answer(line, AdminJson.Default.InviteLine, console =>
                {
                    console.Say(
                        $"invite for {line.Agent}, good once, until {RunTexts.Time(line.Expires)}. On its machine:");
                    console.Say("");
                    console.Say($"  {command}");
                    console.Say("");
                });
            });
    }

    private static Command List(CommandHost host) => AdminVerb.Create(
        host, "list", "All agents that were ever invited.", [], async (session, token) =>
        {
            using var client = await session.ConnectAsync(token);
            var agents = await ListAsync(client, token);
            session.Answer(agents, WireJson.Default.IReadOnlyListAgentSummary, console =>
            {
                var table = Tables.New(
                    "agent", "role", "status", "connected", "last seen", "epsilon", "certificate until");
                foreach (var agent in agents)
                {
                    table.AddCells(
                        agent.Agent.Value, Role(agent.Role), agent.Status, agent.IsConnected ? "yes" : "no",
                        Time(agent.LastSeen), Epsilon(agent.Facts), Time(agent.CertificateExpires));
                }

                console.WriteTable(table, "there are no agents; invite one with: fedlowrank agents invite NAME");
            });
        });

    private static Command Show(CommandHost host)
    {
        var agent = AgentArgument();
        return AdminVerb.Create(host, "show", "One agent.", [agent], async (session, token) =>
        {
            using var client = await session.ConnectAsync(token);
            var wanted = session.Get(agent);
            var found = (await ListAsync(client, token)).FirstOrDefault(each => each.Agent == wanted)
                ?? throw AdminException.NotFound($"there is no agent {wanted}");
            var trouble = session.IsJson ? null : await TroubleAsync(client, wanted, token);
            session.Answer([found], WireJson.Default.IReadOnlyListAgentSummary, console =>
            {
                var table = Tables.New("", "");
                table.ShowHeaders = false;
                table.AddCells("agent", found.Agent.Value);
                table.AddCells("role", Role(found.Role));
                table.AddCells("status", found.Status);
                table.AddCells("connected", found.IsConnected ? "yes" : "no");
                table.AddCells("last seen", Time(found.LastSeen));
                table.AddCells("certificate until", Time(found.CertificateExpires));
                table.AddCells("version", found.Facts?.Version ?? "");
                table.AddCells("device", found.Facts?.Device ?? "");
                table.AddCells("epsilon", Epsilon(found.Facts));
                table.AddCells("last error", trouble is null ? "none told" : Words(trouble.Error));
                console.Write(table);
                if (trouble is { Log.Count: > 0 }) console.Say($"its log: fedlowrank agents trouble {wanted}");
            });
        });
    }

    private static Command Trouble(CommandHost host)
    {
        var agent = AgentArgument();
        return AdminVerb.Create(
            host, "trouble", "What last went wrong at an agent, and the end of its log, where its owner allows it.",
            [agent], async (session, token) =>
            {
                using var client = await session.ConnectAsync(token);
                var wanted = session.Get(agent);
                var found = await TroubleAsync(client, wanted, token);
                session.Answer(new TroubleAnswer(found), WireJson.Default.TroubleAnswer, console =>
                {
                    console.Say(
                        found is null ? $"{wanted} told of no error since the server started" : Words(found.Error));
                    foreach (var line in found?.Log ?? []) console.Say($"  {line}");
                });
            });
    }

    private static Command Revoke(CommandHost host)
    {
        var agent = AgentArgument();
        var reason = new Option<string>("--reason")
        {
            Description = "Why, for the audit log; 1 to 256 characters.",
            HelpName = "text",
            Required = true,
        };
        reason.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValueOrDefault<string>()?.Length is not (> 0 and <= 256))
                result.AddError("--reason must have 1 to 256 characters");
        });
        return AdminVerb.Create(
            host, "revoke", "Take an agent off at once, with all its certificates and invites.", [agent, reason],
            async (session, token) =>
            {
                using var client = await session.ConnectAsync(token);
                var wanted = session.Get(agent);
                await client.TellAsync(
                    () => AdminClient.Message(
                        HttpMethod.Post, Routes.RevokeAgent(wanted), new RevokeRequest(session.Get(reason)!),
                        WireJson.Default.RevokeRequest),
                    isRepeatable: false, token);
                session.Answer(
                    new DoneLine("agents revoke", wanted.Value), AdminJson.Default.DoneLine,
                    console => console.Say($"{wanted} is revoked; its connections are cut off"));
            });
    }

    private static Task<IReadOnlyList<AgentSummary>> ListAsync(AdminClient client, CancellationToken token) =>
        client.GetAsync(Routes.Agents, WireJson.Default.IReadOnlyListAgentSummary, token);

    /// <summary>Null where it said nothing, and where an older server does not listen for it.</summary>
    private static async Task<AgentTrouble?> TroubleAsync(AdminClient client, AgentId agent, CancellationToken token)
    {
        try
        {
            return (await client.GetAsync(Routes.AgentTrouble(agent), WireJson.Default.TroubleAnswer, token)).Trouble;
        }
        catch (AdminException error) when (error.ExitCode == ExitCode.NotFound)
        {
            return null;
        }
    }

    private static string Words(AgentError error) =>
        $"{error.Kind.ToString().ToLowerInvariant()}: {error.Message}; {RunTexts.Time(error.At)} by its own clock" +
        (error.Run is null ? "" : $", in {error.Run}{(error.Round is null ? "" : $" round {error.Round}")}");

    private static string Role(AgentRole role) => role == AgentRole.Evaluator ? "evaluator" : "trainer";

    private static string Time(DateTimeOffset? at) => at is { } time ? RunTexts.Time(time) : "never";

    private static string Epsilon(AgentFacts? facts) => facts?.EpsilonSpent is not { } spent
        ? ""
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{spent:0.###}{(facts.EpsilonMax is { } most ? $" of {most:0.###}" : "")} " +
            $"at delta {facts.Delta:0.###e+0}");
}
