using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>
/// Goal: an invite survives copying, and every slip of a copyist is told from a refusal. Method: each single character
/// of an invite changed, left out or doubled; random texts with a fixed seed.
/// </summary>
public class InviteTextTests
{
    private static readonly SecretToken Token = SecretToken.Create(Sample.Random);
    private static readonly Invite Invite = new(
        Sample.Berlin, AgentRole.Evaluator, new Uri("https://fl.example.org:7443/"), Sample.Authority.Fingerprint,
        Sample.Noon.AddDays(1), Token);

    private static readonly string Text = InviteText.Write(Invite);

    [Fact]
    public void It_comes_back_as_it_was_however_it_was_wrapped()
    {
        foreach (var text in (string[])[Text, $"  {Text}\n", Text.Insert(100, "\r\n   ").Insert(40, " ")])
        {
            var read = Sample.Accepted(InviteText.Read(text));
            Assert.Equal(
                (Invite.Agent, Invite.Role, Invite.Server, Invite.Authority, Invite.Expires, Token.Hash()),
                (read.Agent, read.Role, read.Server, read.Authority, read.Expires, read.Token.Hash()));
        }

        Assert.InRange(Text.Length, 100, 220);
    }

    [Fact]
    public void It_does_not_show_its_token_where_it_is_printed()
    {
        Assert.Contains("Token = (secret)", Invite.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Text[InviteText.Prefix.Length..], Invite.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_slip_of_one_character_is_seen()
    {
        for (var i = InviteText.Prefix.Length; i < Text.Length; i++)
        {
            string[] slips =
            [
                Text.Remove(i, 1), Text.Insert(i, Text[i..(i + 1)]), Text[..i], Text.Remove(i, 1).Insert(i, "!"),
                Text.Remove(i, 1).Insert(i, Text[i] == 'A' ? "B" : "A"),
            ];
            foreach (var slip in slips)
                Sample.Refused<Invite, InviteRefusal.Mistyped>(InviteText.Read(slip));
        }
    }

    [Fact]
    public void What_is_something_else_is_told_as_such()
    {
        Sample.Refused<Invite, InviteRefusal.NotAnInvite>(InviteText.Read(""));
        Sample.Refused<Invite, InviteRefusal.NotAnInvite>(InviteText.Read(AdminTokenText.Write(Token)));
        Sample.Refused<Invite, InviteRefusal.NotAnInvite>(InviteText.Read(Text + new string('A', 5000)));
        Sample.Refused<Invite, InviteRefusal.OtherVersion>(
            InviteText.Read(Text.Replace("invite1_", "invite2_", StringComparison.Ordinal)));
        Sample.Refused<Invite, InviteRefusal.Mistyped>(InviteText.Read("fedlowrank_invite"));
    }

    [Fact]
    public void Content_with_a_good_checksum_is_checked_all_the_same()
    {
        const int Seed = 99;
        var random = new Random(Seed);
        Assert.True(SecretText.TryDecode(Text.AsSpan(InviteText.Prefix.Length), out var good));
        for (var i = 0; i < 3000; i++)
        {
            var content = random.Next(4) == 0 ? good[..random.Next(good.Length)] : (byte[])good.Clone();
            for (var changes = random.Next(1, 6); changes > 0 && content.Length > 0; changes--)
                content[random.Next(content.Length)] = (byte)random.Next(256);
            var outcome = InviteText.Read(SecretText.Encode(InviteText.Prefix, content));
            var isTyped = outcome is Outcome<Invite>.Accepted or
                Outcome<Invite>.Refused { Refusal: InviteRefusal.Malformed or InviteRefusal.Mistyped };
            Assert.True(isTyped, $"seed {Seed}, case {i}");
        }

        foreach (var server in (string[])["http://fl.example.org/", "https://user:word@fl.example.org/", "file:///etc"])
        {
            Assert.Throws<ArgumentException>(() => new Invite(
                Sample.Berlin, AgentRole.Trainer, new Uri(server), default, Sample.Noon, Token));
        }
    }

    [Fact]
    public void Random_text_is_refused()
    {
        const int Seed = 100;
        var random = new Random(Seed);
        for (var i = 0; i < 3000; i++)
        {
            var limit = random.Next(2) == 0 ? 128 : 65536;
            var letters = Enumerable.Range(0, random.Next(200)).Select(_ => (char)random.Next(limit));
            var text = (random.Next(2) == 0 ? InviteText.Prefix : "") + string.Concat(letters);
            Assert.True(InviteText.Read(text) is Outcome<Invite>.Refused, $"seed {Seed}, case {i}");
            Assert.True(AdminTokenText.Read(text) is Outcome<SecretToken>.Refused, $"seed {Seed}, case {i}");
        }
    }

    [Fact]
    public void A_users_token_comes_back_and_no_slip_of_it_does()
    {
        var text = AdminTokenText.Write(Token);
        Assert.Equal(Token.Hash(), Sample.Accepted(AdminTokenText.Read(text)).Hash());
        for (var i = 0; i < text.Length; i++)
        {
            var slip = text.Remove(i, 1).Insert(i, text[i] == 'x' ? "y" : "x");
            Sample.Refused<SecretToken, UserRefusal.NotAToken>(AdminTokenText.Read(slip));
        }
    }

    [Fact]
    public void Hashes_are_equal_where_all_their_bits_are()
    {
        var hash = Token.Hash();
        Assert.Equal(hash, new TokenHash(hash.Digest));
        Assert.NotEqual(hash, new TokenHash(hash.Digest with { Low = hash.Digest.Low ^ 1 }));
        Assert.NotEqual(hash, new TokenHash(hash.Digest with { High = hash.Digest.High ^ (UInt128.One << 127) }));
    }
}
