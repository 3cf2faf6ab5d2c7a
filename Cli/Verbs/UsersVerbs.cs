using System.CommandLine;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Verbs;

/// <summary><c>users</c>: who may use the admin listener.</summary>
internal static class UsersVerbs
{
    private const int DaysMax = 366;

    public static Command Create(CommandHost host) => AdminVerb.Group(
        "users", "Who may use this command line on a server.", Add(host), List(host), Revoke(host));

    private static Argument<UserName> NameArgument() =>
        AdminVerb.Argument<UserName>("name", "Name of the user.", text => new(text));

    private static Command Add(CommandHost host)
    {
        var name = NameArgument();
        var role = new Option<string>("--role")
        {
            Description = "viewer looks, operator runs the federation, owner decides who the others are.",
            HelpName = "viewer|operator|owner",
            Required = true,
        };
        role.AcceptOnlyFromAmong("viewer", "operator", "owner");
        var days = AdminVerb.Number("--days", "Until the token ends.", (1, DaysMax), 90);
        var output = new Option<string?>("--output")
        {
            Description = "Write a profile for the user to this file, in place of showing the token.",
            HelpName = "file",
        };
        return AdminVerb.Create(
            host, "create", "Make a token; it is shown once.", [name, role, days, output],
            async (session, token) =>
            {
                var request = new NewUserRequest(
                    session.Get(name).Value, Enum.Parse<AdminRole>(session.Get(role)!, ignoreCase: true),
                    session.Get(days));
                var profile = session.FindProfile();
                using var client = await AdminClient.ConnectAsync(profile, host.Time, token);
                var answer = await client.SendAsync(
                    () => AdminClient.Message(HttpMethod.Post, Routes.Users, request, WireJson.Default.NewUserRequest),
                    WireJson.Default.TokenAnswer, isRepeatable: false, token);
                if (session.Get(output) is { } path)
                {
                    ProfileFile.Write(path, profile with { Certificate = client.Authority, Token = answer.Token });
                    session.Answer(
                        new FileLine(Path.GetFullPath(path), new FileInfo(path).Length), AdminJson.Default.FileLine,
                        console => console.Say($"{request.Name}'s profile is in {path}; hand it over safely"));
                    return;
                }

                session.Answer(answer, WireJson.Default.TokenAnswer, console => console.Say(answer.Token));
            });
    }

    private static Command List(CommandHost host) => AdminVerb.Create(
        host, "list", "All users.", [], async (session, token) =>
        {
            using var client = await session.ConnectAsync(token);
            var users = await client.GetAsync(Routes.Users, WireJson.Default.IReadOnlyListUserSummary, token);
            session.Answer(users, WireJson.Default.IReadOnlyListUserSummary, console =>
            {
                var table = Tables.New("user", "role", "made by", "until", "last used", "revoked");
                foreach (var user in users)
                {
                    table.AddCells(
                        user.Name, user.Role.ToString().ToLowerInvariant(), user.By, RunTexts.Time(user.Expires),
                        user.LastUsed is { } used ? RunTexts.Time(used) : "never",
                        user.Revoked is { } revoked ? RunTexts.Time(revoked) : "");
                }

                console.WriteTable(table, "there are no users");
            });
        });

    private static Command Revoke(CommandHost host)
    {
        var name = NameArgument();
        return AdminVerb.Create(host, "revoke", "Take a user's token off.", [name], async (session, token) =>
        {
            using var client = await session.ConnectAsync(token);
            var wanted = session.Get(name).Value;
            await client.TellAsync(
                () => new(HttpMethod.Post, Routes.RevokeUser(wanted)), isRepeatable: false, token);
            session.Answer(
                new DoneLine("users revoke", wanted), AdminJson.Default.DoneLine,
                console => console.Say($"the token of {wanted} is revoked"));
        });
    }
}
