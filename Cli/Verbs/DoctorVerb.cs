using System.CommandLine;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Diagnosis;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Cli.Verbs;

/// <summary><c>doctor</c>: what is not in order, and what to do about it.</summary>
internal static class DoctorVerb
{
    public static Command Create(CommandHost host) => AdminVerb.Create(
        host, "doctor", "Look at profile, server, clocks, certificates, disk and waiting runs, and say what to do.", [],
        async (session, token) =>
        {
            var findings = await FindAsync(session, token);
            var isSound = findings.All(finding => finding.Level != FindingLevel.Bad);
            session.Answer(new DoctorLine(isSound, findings), AdminJson.Default.DoctorLine, console =>
            {
                var table = Tables.New("", "what", "found", "what to do");
                foreach (var finding in findings)
                    table.AddCells(Mark(finding.Level), finding.Subject, finding.Text, finding.Remedy ?? "");
                console.Write(table);
            });
            return isSound ? ExitCode.Done : ExitCode.Unsound;
        });

    private static async Task<List<Finding>> FindAsync(AdminSession session, CancellationToken token)
    {
        var findings = new List<Finding>();
        Profile profile;
        try
        {
            profile = session.FindProfile();
        }
        catch (AdminException error)
        {
            findings.Add(new("profile", FindingLevel.Bad, error.Message, "see what the message says"));
            return findings;
        }

        findings.Add(new("profile", FindingLevel.Good, $"{profile.Path}, readable by you alone"));
        if (LocalDisk.Look(profile) is { } disk) findings.Add(disk);
        try
        {
            using var client = await AdminClient.ConnectAsync(profile, session.Host.Time, token);
            await new ServerCheck(client, session.Host.Time, findings).LookAsync(token);
        }
        catch (AdminException error)
        {
            findings.Add(new("server", FindingLevel.Bad, error.Message, ServerCheck.RemedyFor(error)));
        }

        return findings;
    }

    private static string Mark(FindingLevel level) => level switch
    {
        FindingLevel.Good => "ok",
        FindingLevel.Warning => "look",
        _ => "BAD",
    };
}
