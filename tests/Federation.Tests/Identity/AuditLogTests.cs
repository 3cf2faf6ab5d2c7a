using System.Text;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>
/// Goal: whatever is changed, taken out or put into the log is seen, and no secret gets in. Method: a log of ten
/// entries with each of its bytes changed, each entry dropped, doubled and swapped, and its end cut.
/// </summary>
public class AuditLogTests
{
    private static readonly byte[][] Log = Entries(10);
    private static readonly CertificateAuthority Authority = Sample.Authority;
    private static readonly SignedHead Signed = AuditLog.Sign(HeadOf(Log), Authority, Sample.Noon);

    [Fact]
    public void A_whole_log_is_intact()
    {
        Assert.Equal(new AuditVerdict.Intact(HeadOf(Log), 10), Verify(Log, Signed));
        Assert.Equal(new AuditVerdict.Intact(HeadOf(Log), 0), Verify(Log));
        Assert.Equal(new AuditVerdict.Intact(AuditHead.Empty, 0), Verify([]));
        var empty = AuditLog.Sign(AuditHead.Empty, Authority, Sample.Noon);
        Assert.Equal(new AuditVerdict.Intact(HeadOf(Log), 4), Verify(Log, HeadAt(4), empty));
    }

    [Fact]
    public void The_stored_form_is_one_line_that_any_tool_can_hash()
    {
        var draft = new AuditDraft("Jürgen", "agents invite", "Bonn", AuditOutcome.Done, [new("role", "trainer")]);
        var entry = AuditLog.Next(AuditHead.Empty, draft, Sample.Noon.AddTicks(12_345));
        Assert.Equal(
            """{"schema":1,"value":{"sequence":1,"at":"2026-03-01T12:00:00.001Z","actor":"J\u00FCrgen","action":""" +
            """
            "agents invite","target":"Bonn","outcome":"done","details":[{"key":"role","value":"trainer"}],"previous":
            """ +
            $"\"{new string('0', 64)}\"}}}}",
            Encoding.UTF8.GetString(AuditJson.Write(entry)));
        Assert.Equal(entry, AuditJson.ReadEntry(AuditJson.Write(entry)));
    }

    [Fact]
    public void Every_changed_byte_is_seen_at_its_entry_or_the_one_after()
    {
        for (var i = 0; i < Log.Length; i++)
        {
            for (var at = 0; at < Log[i].Length; at++)
            {
                var changed = Log.Select(line => (byte[])line.Clone()).ToArray();
                changed[i][at] ^= 1;
                var broken = Assert.IsType<AuditVerdict.Broken>(Verify(changed, Signed));
                Assert.InRange(broken.Sequence, i + 1, Math.Min(i + 2, 10));
            }
        }
    }

    [Fact]
    public void Entries_dropped_doubled_swapped_or_put_in_are_seen()
    {
        for (var i = 0; i < Log.Length - 1; i++)
        {
            byte[][] dropped = [.. Log[..i], .. Log[(i + 1)..]];
            byte[][] doubled = [.. Log[..(i + 1)], .. Log[i..]];
            byte[][] swapped = [.. Log[..i], Log[i + 1], Log[i], .. Log[(i + 2)..]];
            Assert.Equal(new AuditVerdict.Broken(i + 1, AuditFault.WrongSequence), Verify(dropped));
            Assert.Equal(new AuditVerdict.Broken(i + 2, AuditFault.WrongSequence), Verify(doubled));
            Assert.Equal(new AuditVerdict.Broken(i + 1, AuditFault.WrongSequence), Verify(swapped));
        }

        var renamed = AuditJson.Write(AuditJson.ReadEntry(Log[4]) with { Actor = "mallory" });
        Assert.Equal(
            new AuditVerdict.Broken(6, AuditFault.WrongPrevious), Verify([.. Log[..4], renamed, .. Log[5..]]));
    }

    [Fact]
    public void A_cut_and_a_rewritten_end_are_seen_by_the_signed_head_alone()
    {
        byte[][] cut = [.. Log[..7]];
        Assert.IsType<AuditVerdict.Intact>(Verify(cut));
        Assert.Equal(new AuditVerdict.Broken(8, AuditFault.Missing), Verify(cut, Signed));

        var rewritten = Entries(10, "mallory");
        Assert.IsType<AuditVerdict.Intact>(Verify(rewritten));
        Assert.Equal(new AuditVerdict.Broken(4, AuditFault.NotAsSigned), Verify(rewritten, Signed, HeadAt(4)));
    }

    [Fact]
    public void A_head_that_the_authority_did_not_sign_is_seen()
    {
        using var foreign = CertificateAuthority.Create(Sample.Noon, Sample.Random);
        SignedHead[] forged =
        [
            AuditLog.Sign(HeadOf(Log), foreign, Sample.Noon), Signed with { At = Signed.At.AddMilliseconds(1) },
            Signed with { Head = Signed.Head with { Sequence = 9 } }, Signed with { Signature = "" },
            Signed with { Signature = "no base64" }, Signed with { Signature = new string('A', 400) },
        ];
        foreach (var head in forged)
            Assert.Equal(new AuditVerdict.Broken(head.Head.Sequence, AuditFault.ForgedHead), Verify(Log, head));
        Assert.Equal(Signed, AuditJson.ReadHead(AuditJson.Write(Signed)));
    }

    [Fact]
    public void Another_form_of_an_entry_is_not_read()
    {
        var line = Encoding.UTF8.GetString(Log[0]);
        string[] others =
        [
            " " + line, line + "\n", line.Replace(":1,", ": 1,", StringComparison.Ordinal), "", "null", "{}",
            line.Replace("\"schema\":1", "\"schema\":2", StringComparison.Ordinal),
            line.Replace("\"actor\"", "\"extra\":1,\"actor\"", StringComparison.Ordinal),
            line.Replace("\"actor\":\"olga\",", "", StringComparison.Ordinal),
            line.Replace("\"actor\":\"olga\"", "\"actor\":\"olga\",\"actor\":\"olga\"", StringComparison.Ordinal),
            line.Replace("\"olga\"", "\"\\u006flga\"", StringComparison.Ordinal),
        ];
        foreach (var other in others)
            Assert.ThrowsAny<JsonException>(() => AuditJson.ReadEntry(Encoding.UTF8.GetBytes(other)));
    }

    [Fact]
    public void No_secret_gets_in_by_any_field()
    {
        var token = SecretToken.Create(Sample.Random);
        var invite = InviteText.Write(new Invite(
            Sample.Berlin, AgentRole.Trainer, new Uri("https://localhost"), default, Sample.Noon, token));
        var user = AdminTokenText.Write(token);
        string[] secrets =
        [
            user, invite, user[AdminTokenText.Prefix.Length..], invite[InviteText.Prefix.Length..],
            user.ToUpperInvariant(), Sample.Authority.ExportKey(),
            "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3In0.c2ln",
        ];
        foreach (var secret in secrets)
        {
            foreach (var text in (string[])[secret, $"Bearer {secret}", $"login failed for '{secret}' at noon"])
            {
                var entry = AuditLog.Next(
                    AuditHead.Empty, new(text, text, text, AuditOutcome.Denied, [new(text, text)]), Sample.Noon);
                var stored = Encoding.UTF8.GetString(AuditJson.Write(entry));
                Assert.DoesNotContain(secret[..20], stored, StringComparison.OrdinalIgnoreCase);
                Assert.Equal("(withheld: it looked like a secret)", entry.Target);
            }
        }
    }

    [Fact]
    public void Names_and_hashes_are_not_taken_for_secrets()
    {
        string[] texts =
        [
            Authority.Fingerprint.ToString(), "Hospital-Of-The-Holy-Spirit-In-Upper-Bavaria-Munich-Site-01",
            Sample.Issue(Sample.NewKey()).Serial.ToString(), "HeyJude", "https://fl.example.org/v1/runs/7?round=3",
        ];
        foreach (var text in texts)
        {
            var entry = AuditLog.Next(AuditHead.Empty, new(text, text, text, AuditOutcome.Done, []), Sample.Noon);
            Assert.Equal((text, text, text), (entry.Actor, entry.Action, entry.Target));
        }
    }

    [Fact]
    public void What_is_too_long_or_unprintable_is_cut_and_shown()
    {
        var emoji = string.Concat(Enumerable.Repeat("\U0001F600", 400));
        var details = Enumerable.Range(0, 20).Select(i => new AuditDetail($"k{i}", new string('v', 600))).ToValueList();
        var entry = AuditLog.Next(
            AuditHead.Empty, new("a\r\nb\ud800\u202e", emoji, new string('t', 600), AuditOutcome.Failed, details),
            Sample.Noon);
        Assert.Equal("a\\u{d}\\u{a}b\\u{fffd}\\u{202e}", entry.Actor);
        Assert.Equal((255, 512), (entry.Action.Length, entry.Target.Length));
        Assert.EndsWith("…", entry.Target, StringComparison.Ordinal);
        Assert.Equal((16, "left-out", "5"), (entry.Details.Count, entry.Details[15].Key, entry.Details[15].Value));
        Assert.Equal(entry, AuditJson.ReadEntry(AuditJson.Write(entry)));
    }

    [Fact]
    public async Task An_export_is_the_lines_as_they_are_and_the_signed_head()
    {
        using var target = new MemoryStream();
        await AuditExport.WriteAsync(
            Log.Select(line => (ReadOnlyMemory<byte>)line).ToAsyncEnumerable(), Signed, target,
            TestContext.Current.CancellationToken);
        var lines = Encoding.UTF8.GetString(target.ToArray()).Split('\n').Select(Encoding.UTF8.GetBytes).ToArray();
        Assert.Equal(12, lines.Length);
        Assert.Empty(lines[^1]);
        Assert.Equal(
            new AuditVerdict.Intact(HeadOf(Log), 10), Verify(lines[..10], AuditJson.ReadHead(lines[10])));
    }

    private static AuditVerdict Verify(byte[][] lines, params SignedHead[] signed) =>
        AuditCheck.Verify(lines.Select(line => (ReadOnlyMemory<byte>)line), signed, Authority.Certificate);

    private static SignedHead HeadAt(int count) => AuditLog.Sign(HeadOf([.. Log.Take(count)]), Authority, Sample.Noon);

    private static AuditHead HeadOf(byte[][] lines) => new(lines.Length, AuditJson.HashOf(lines[^1]));

    private static byte[][] Entries(int count, string actor = "olga")
    {
        var head = AuditHead.Empty;
        var lines = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            var entry = AuditLog.Next(
                head, new(actor, "runs start", $"run-{i}", AuditOutcome.Done, [new("round", "3")]), Sample.Noon);
            lines.Add(AuditJson.Write(entry));
            head = AuditLog.HeadAfter(entry);
        }

        return [.. lines];
    }
}
