using System.Security.Claims;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Json;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>Goal: nobody may do more than the table says, and nobody is locked out. Method: all actions with all roles,
/// and every event in every state.</summary>
public class UsersMachineTests
{
    private static readonly DateTimeOffset Noon = Sample.Noon;
    private static readonly SecretToken OwnersToken = SecretToken.Create(Sample.Random);
    private static readonly SecretToken AnnasToken = SecretToken.Create(Sample.Random);
    private static readonly UserName Anna = new("anna@example.org");

    private static UsersState Owned => Do(UsersState.Empty, new UsersEvent.Bootstrapped(Noon, OwnersToken.Hash()));

    private static UsersState WithAnna => Do(Owned, Create(AdminRole.Operator));

    [Fact]
    public void Every_action_has_a_least_role()
    {
        foreach (var action in Enum.GetValues<AdminAction>())
            Assert.True(Permissions.LeastRole(action) is { } role && Enum.IsDefined(role), $"{action} has no role");
    }

    [Fact]
    public void What_does_not_exist_is_denied()
    {
        foreach (var role in Enum.GetValues<AdminRole>()) Assert.False(Permissions.Allows(role, (AdminAction)9999));
        foreach (var action in Enum.GetValues<AdminAction>())
        {
            Assert.False(Permissions.Allows(default, action));
            Assert.False(Permissions.Allows((AdminRole)99, action));
        }
    }

    [Fact]
    public void Each_role_may_all_that_those_below_it_may_and_something_more()
    {
        var allowed = Enum.GetValues<AdminRole>().Order()
            .Select(role => Enum.GetValues<AdminAction>().Where(action => Permissions.Allows(role, action)).ToHashSet())
            .ToList();
        Assert.ProperSubset(allowed[1], allowed[0]);
        Assert.ProperSubset(allowed[2], allowed[1]);
        Assert.Equal(Enum.GetValues<AdminAction>(), allowed[2].Order());
        Assert.All(allowed[0], action => Assert.StartsWith("View", action.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_owner_comes_from_nothing_once()
    {
        Assert.True(UsersMachine.NeedsOwner(UsersState.Empty, Noon));
        var owner = Sample.Accepted(UsersMachine.Authenticate(Owned, OwnersToken.Hash(), Noon));
        Assert.Equal(new SignedInUser("owner", AdminRole.Owner), owner);
        Assert.Null(owner.RefusalOf(AdminAction.CreateUser));
        Assert.IsType<UserRefusal.HasOwner>(
            RefusalOf(
                Do(Owned, new UsersEvent.Used(Noon, UsersMachine.BootstrapName)),
                new UsersEvent.Bootstrapped(Noon, AnnasToken.Hash())));
        Do(Owned, new UsersEvent.Bootstrapped(Noon, AnnasToken.Hash()));
        Do(Owned, new UsersEvent.Bootstrapped(Noon.AddDays(90), AnnasToken.Hash()));
    }

    [Fact]
    public void A_token_opens_until_it_expires_or_is_revoked()
    {
        var anna = Sample.Accepted(UsersMachine.Authenticate(WithAnna, AnnasToken.Hash(), Noon));
        Assert.Equal(new SignedInUser(Anna.Value, AdminRole.Operator), anna);
        var refusal = anna.RefusalOf(AdminAction.CreateUser)!;
        Assert.Contains("CreateUser needs Owner", refusal.Message, StringComparison.Ordinal);
        Sample.Refused<SignedInUser, UserRefusal.Expired>(
            UsersMachine.Authenticate(WithAnna, AnnasToken.Hash(), Noon.AddDays(30)));
        Sample.Refused<SignedInUser, UserRefusal.UnknownToken>(
            UsersMachine.Authenticate(WithAnna, SecretToken.Create(Sample.Random).Hash(), Noon));
        var revoked = Do(WithAnna, new UsersEvent.Revoked(Noon, "owner", Anna));
        Sample.Refused<SignedInUser, UserRefusal.Revoked>(UsersMachine.Authenticate(revoked, AnnasToken.Hash(), Noon));
        var again = Do(revoked, Create(AdminRole.Viewer));
        Assert.Equal(
            AdminRole.Viewer, Sample.Accepted(UsersMachine.Authenticate(again, AnnasToken.Hash(), Noon)).Role);
    }

    [Fact]
    public void The_last_owner_cannot_be_revoked()
    {
        var revoke = new UsersEvent.Revoked(Noon, "owner", UsersMachine.BootstrapName);
        Assert.IsType<UserRefusal.LastOwner>(RefusalOf(WithAnna, revoke));
        Do(Do(Owned, Create(AdminRole.Owner)), revoke);
    }

    [Fact]
    public void Use_is_written_once_an_hour()
    {
        var used = Do(WithAnna, new UsersEvent.Used(Noon, Anna));
        Assert.Equal(Noon, used.Tokens[1].LastUsed);
        Assert.Same(used, Do(used, new UsersEvent.Used(Noon.AddMinutes(59), Anna)));
        Assert.Equal(Noon.AddHours(1), Do(used, new UsersEvent.Used(Noon.AddHours(1), Anna)).Tokens[1].LastUsed);
    }

    [Fact]
    public void Every_event_has_an_outcome_in_every_state_and_all_of_it_can_be_stored()
    {
        UsersEvent[] events =
        [
            new UsersEvent.Bootstrapped(Noon, AnnasToken.Hash()), Create(AdminRole.Viewer), Create(default),
            Create(AdminRole.Owner) with { By = "" }, Create(AdminRole.Owner) with { Expires = Noon },
            Create(AdminRole.Owner) with { Expires = Noon.AddDays(367) }, new UsersEvent.Revoked(Noon, "owner", Anna),
            new UsersEvent.Revoked(Noon, "owner", UsersMachine.BootstrapName), new UsersEvent.Used(Noon, Anna),
        ];
        var (answers, refusals) = (new List<UsersAnswer>(), new List<UserRefusal>());
        var used = Do(WithAnna, new UsersEvent.Used(Noon, UsersMachine.BootstrapName));
        foreach (var state in (UsersState[])[UsersState.Empty, Owned, WithAnna, used])
        {
            foreach (var happened in events)
            {
                var transition = UsersMachine.Apply(state, happened);
                answers.Add(transition.Answer);
                if (transition.Answer is UsersAnswer.Refused refused) refusals.Add(refused.Refusal);
                Assert.Equal(transition.Answer is UsersAnswer.Refused, ReferenceEquals(state, transition.State));
                Assert.Equal(transition.State, IdentityJson.ReadUsers(IdentityJson.Write(transition.State)));
                if (happened is not UsersEvent.Created { Role: default(AdminRole) })
                    Assert.Equal(happened, IdentityJson.ReadUsersEvent(IdentityJson.Write(happened)));
            }
        }

        Unions.Covers(events);
        Unions.Covers(answers);
        Assert.Equal(
            ["has-owner", "last-owner", "malformed", "name-taken", "no-such-user"],
            refusals.Select(refusal => refusal.Code).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void There_is_a_limit_to_the_users()
    {
        var state = Owned;
        for (var i = 1; i < UsersState.TokensMax; i++)
            state = Do(state, Create(AdminRole.Viewer) with { Name = new UserName($"user{i}") });
        Assert.IsType<UserRefusal.Malformed>(RefusalOf(state, Create(AdminRole.Viewer)));
    }

    [Theory]
    [InlineData("iss=https://id", "aud=other", "aud=fedlowrank", "sub=7", "groups=staff", "Viewer")]
    [InlineData("iss=https://id", "aud=fedlowrank", "sub=7", "groups=staff", "groups=ops", "Operator")]
    [InlineData("iss=https://id", "aud=fedlowrank", "sub=7", "groups=strangers", "", "no group in groups has a role")]
    [InlineData("iss=https://id", "aud=fedlowrank", "sub=7", "groups=OPS", "", "no group in groups has a role")]
    [InlineData("iss=https://id/", "aud=fedlowrank", "sub=7", "groups=ops", "", "iss must be https://id")]
    [InlineData("iss=https://id", "iss=https://no", "aud=fedlowrank", "sub=7", "groups=ops", "iss must be https://id")]
    [InlineData("iss=https://id", "aud=other", "sub=7", "groups=ops", "", "aud must name fedlowrank")]
    [InlineData("iss=https://id", "aud=fedlowrank", "groups=ops", "", "", "sub must be one text")]
    [InlineData("iss=https://id", "aud=fedlowrank", "sub=7", "sub=8", "groups=ops", "sub must be one text")]
    public void A_sign_in_gives_the_highest_role_of_its_groups_or_none(
        string a, string b, string c, string d, string e, string expected)
    {
        var rules = new OidcRules(
            "https://id", "fedlowrank", "groups", [new("staff", AdminRole.Viewer), new("ops", AdminRole.Operator)]);
        var claims = new[] { a, b, c, d, e }.Where(text => text.Length > 0)
            .Select(text => text.Split('=')).Select(pair => new Claim(pair[0], pair[1])).ToList();
        var outcome = rules.Map(claims);
        if (Enum.TryParse<AdminRole>(expected, out var role))
            Assert.Equal(new SignedInUser("7 (https://id)", role), Sample.Accepted(outcome));
        else
            Assert.Contains(expected, Problem(outcome), StringComparison.Ordinal);
    }

    private static string Problem(Outcome<SignedInUser> outcome) =>
        Sample.Refused<SignedInUser, UserRefusal.BadClaims>(outcome).Message;

    private static UsersEvent.Created Create(AdminRole role) =>
        new(Noon, "owner", Anna, role, AnnasToken.Hash(), Noon.AddDays(30));

    private static UsersState Do(UsersState state, UsersEvent happened)
    {
        var transition = UsersMachine.Apply(state, happened);
        Assert.IsType<UsersAnswer.Done>(transition.Answer);
        return transition.State;
    }

    private static UserRefusal RefusalOf(UsersState state, UsersEvent happened) =>
        Assert.IsType<UsersAnswer.Refused>(UsersMachine.Apply(state, happened).Answer).Refusal;
}
