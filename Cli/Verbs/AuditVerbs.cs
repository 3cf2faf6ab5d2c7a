using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Audits;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Verbs;

/// <summary><c>audit</c>: what was done, by whom, and whether the log is whole.</summary>
internal static class AuditVerbs
{
    public static Command Create(CommandHost host) => AdminVerb.Group(
        "audit", "What was done, by whom, and whether the log is whole.", Show(host), Verify(host), Export(host));

    private static Command Show(CommandHost host)
    {
        var last = AdminVerb.Number("--last", "How many entries, from the end.", (1, 100_000), 50);
        return AdminVerb.Create(host, "show", "The newest entries.", [last], async (session, token) =>
        {
            using var client = await session.ConnectAsync(token);
            using var body = await client.OpenAsync($"{Routes.Audit}?first=1", token);
            var newest = new Queue<byte[]>();
            await foreach (var line in AuditLines.ReadAsync(body, token))
            {
                newest.Enqueue(line);
                if (newest.Count > session.Get(last)) newest.Dequeue();
            }

            if (session.IsJson)
            {
                var lines = string.Join(',', newest.Select(Encoding.UTF8.GetString));
                session.AnswerJson(Encoding.UTF8.GetBytes($"[{lines}]"));
                return;
            }

            var table = Tables.New("number", "when", "who", "what", "to what", "outcome", "details");
            foreach (var entry in newest.Select(line => Entry(line)))
            {
                table.AddCells(
                    entry.Sequence.ToString(CultureInfo.InvariantCulture), RunTexts.Time(entry.At), entry.Actor,
                    entry.Action, entry.Target, entry.Outcome.ToString().ToLowerInvariant(),
                    string.Join(", ", entry.Details.Select(detail => $"{detail.Key}={detail.Value}")));
            }

            CommandHost.ConsoleOn(host.Output).WriteTable(table, "the log is empty");
        });
    }

    private static Command Verify(CommandHost host)
    {
        var file = new Argument<string?>("file")
        {
            Description = "An exported log; without one the server's is read.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => null,
        };
        var authority = new Option<string?>("--authority")
        {
            Description = "The authority's certificate as a PEM file, in place of the profile's.",
            HelpName = "file",
        };
        return AdminVerb.Create(
            host, "verify", "Check every link of the log and the authority's word on its end.", [file, authority],
            async (session, token) =>
            {
                var verdict = session.Get(file) is { } path
                    ? AuditFile.Verify(path, await AuthorityAsync(session, session.Get(authority), token))
                    : await VerifyServerAsync(session, token);
                var line = Line(verdict);
                session.Answer(line, AdminJson.Default.AuditLine, console => console.Say(line.Intact
                    ? $"intact: {line.Entries} entries; the authority vouches for the first {line.Signed}"
                    : $"NOT INTACT at entry {line.Entries}: {Explain(line.Fault!.Value)}"));
                return line.Intact ? ExitCode.Done : ExitCode.Unsound;
            });
    }

    private static Command Export(CommandHost host)
    {
        var output = new Option<string>("--output")
        {
            Description = "The file to write; one that is there is not overwritten.",
            HelpName = "file",
            Required = true,
        };
        return AdminVerb.Create(
            host, "export", "Write the whole log to a file, the authority's word on its end last.", [output],
            async (session, token) =>
            {
                using var client = await session.ConnectAsync(token);
                var path = Path.GetFullPath(session.Get(output)!);
                await AuditFile.DownloadAsync(client, path, token);
                session.Answer(
                    new FileLine(path, new FileInfo(path).Length), AdminJson.Default.FileLine,
                    console => console.Say($"{path}; check it with: fedlowrank audit verify {path}"));
            });
    }

    private static async Task<AuditVerdict> VerifyServerAsync(AdminSession session, CancellationToken token)
    {
        using var client = await session.ConnectAsync(token);
        var path = Path.Combine(Path.GetTempPath(), $"fedlowrank-audit-{Guid.NewGuid():N}.jsonl");
        try
        {
            await AuditFile.DownloadAsync(client, path, token);
            return AuditFile.Verify(path, client.Authority);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<X509Certificate2> AuthorityAsync(
        AdminSession session, string? path, CancellationToken token)
    {
        if (path is null)
        {
            if (session.FindProfile().Certificate is { } pinned) return pinned;
            using var client = await session.ConnectAsync(token);
            return client.Authority;
        }

        try
        {
            return X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(path, token));
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw AdminException.BadInput("bad-certificate", $"{path}: {error.Message}", error);
        }
    }

    private static AuditEntry Entry(byte[] line)
    {
        try
        {
            return AuditJson.ReadEntry(line);
        }
        catch (JsonException error)
        {
            throw AdminException.Unsound(
                "bad-audit", $"an entry of the log is not of the form: {error.Message}", error);
        }
    }

    private static AuditLine Line(AuditVerdict verdict) => verdict switch
    {
        AuditVerdict.Intact intact => new(true, intact.Head.Sequence, intact.SignedSequence, null),
        AuditVerdict.Broken broken => new(false, broken.Sequence, null, broken.Fault),
        _ => throw new UnreachableException(),
    };

    private static string Explain(AuditFault fault) => fault switch
    {
        AuditFault.Malformed => "it is not of the form",
        AuditFault.WrongSequence => "it does not have the number that follows",
        AuditFault.WrongPrevious => "it does not fit the entry before; this one or that one was changed",
        AuditFault.NotAsSigned => "the authority signed another entry of this number",
        AuditFault.Missing => "the authority signed an entry that is not there any more",
        AuditFault.ForgedHead => "the word on the end of the log is not the authority's",
        _ => throw new UnreachableException(fault.ToString()),
    };
}
