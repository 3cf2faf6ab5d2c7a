using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Audit;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Grains;
using FedLowRank.Grains.Agents;
using FedLowRank.Grains.Faults;
using FedLowRank.Grains.People;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Serialization;

namespace FedLowRank.Cluster.Tests.People;

/// <summary>
/// Goal: what the grains of people are asked and answer arrives as it was sent. Method: each value through the
/// serializer that silos use; refusals are made by reflection, so that a new one is tried without a word here.
/// </summary>
public sealed class SerializationTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, 123, TimeSpan.Zero);
    private static readonly AgentId Berlin = new("berlin");
    private static readonly UserName Olga = new("olga");
    private static readonly BlobHash Hash = new(UInt128.MaxValue - 1, 7);
    private static readonly SerialNumber Serial = new(UInt128.MaxValue / 3);
    private static readonly TokenHash Secret = new(Hash);
    private static readonly InviteGrant Grant = new(Secret, AgentRole.Evaluator, Noon, "olga");

    private static readonly IssuedCertificate Certificate = new(
        Berlin, Serial, Noon, Noon.AddDays(1), Hash, "-----BEGIN CERTIFICATE-----\nAA+/\n");

    private readonly ServiceProvider services =
        new ServiceCollection().AddOrleansClient(client => client.AddFederation()).BuildServiceProvider();

    public static TheoryData<string> Refusals => [.. RefusalTypes().Select(type => type.FullName!)];

    public static TheoryData<string> Values => [.. Samples().Keys];

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_refusal_arrives_alone_and_within_an_outcome(string name)
    {
        var refusal = Make(RefusalTypes().Single(type => type.FullName == name));
        Assert.Equal(refusal, Sent(refusal));
        Assert.Equal(refusal.Message, Assert.IsAssignableFrom<IdentityRefusal>(Sent(refusal)).Message);
        Outcome<IssuedCertificate> outcome = refusal;
        Assert.Equal(outcome, Sent(outcome));
        Outcome<DateTimeOffset> invited = refusal;
        Assert.Equal(invited, Sent(invited));
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_arrives_as_it_was_sent(string name)
    {
        var value = Samples()[name];
        var received = Sent(value);
        Assert.Equal(value.GetType(), received.GetType());
        Assert.Equal(value, received);
    }

    [Fact]
    public void Pages_of_the_audit_log_arrive()
    {
        var page = (AuditPage)Sent(new AuditPage([[1, 2], []], long.MaxValue));
        Assert.Equal([[1, 2], []], page.Lines);
        Assert.Equal(long.MaxValue, page.Last);
        var head = new SignedHead(new(5, Hash), Noon, "AA==");
        var heads = (AuditHeads)Sent(new AuditHeads([head], 6));
        Assert.Equal([head], heads.Heads);
        Assert.Equal(6, heads.Next);
    }

    [Theory]
    [InlineData(JournalError.Unavailable)]
    [InlineData(JournalError.DiskFull)]
    [InlineData(JournalError.Damaged)]
    public void A_fault_of_the_journal_arrives_with_its_kind(JournalError kind)
    {
        var sent = new JournalException(kind, "the disk is gone");
        var received = Assert.IsType<JournalException>(Sent(sent));
        Assert.Equal((sent.Error, sent.Message), (received.Error, received.Message));
    }

    [Fact]
    public void A_role_arrives()
    {
        var serializer = services.GetRequiredService<Serializer>();
        Assert.All(Enum.GetValues<AgentRole>(), role => Assert.Equal(
            role, serializer.Deserialize<AgentRole>(serializer.SerializeToArray(role))));
        Assert.All(Enum.GetValues<AdminRole>(), role => Assert.Equal(
            role, serializer.Deserialize<AdminRole>(serializer.SerializeToArray(role))));
    }

    [Fact]
    public void That_an_activation_was_lost_arrives() =>
        Assert.Equal("gone", Assert.IsType<ActivationLostException>(Sent(new ActivationLostException("gone"))).Message);

    public void Dispose() => services.Dispose();

    private static Dictionary<string, object> Samples()
    {
        var retired = new RetiredCertificate(Serial, Noon, IsRevoked: true);
        var facts = new AgentFacts("1.2", "cpu (8 cores)", 0.1, double.PositiveInfinity, 1e-5);
        var error = new AgentError(AgentErrorKind.Data, Noon, new("spam"), "3.1");
        var draft = new AuditDraft("ölga\u0001", "agent-invite", "berlin", AuditOutcome.Failed, [new("a", "b")]);
        return new()
        {
            ["agent"] = Berlin,
            ["agents"] = new[] { Berlin, new("muenchen") },
            ["token"] = Secret,
            ["serial"] = Serial,
            ["user"] = Olga,
            ["certificate"] = Certificate,
            ["presented"] = new AgentCertificate(Berlin, Serial, Noon),
            ["invited"] = Accepted(Noon),
            ["issued"] = Accepted(Certificate),
            ["admitted"] = Accepted(new Admission(Berlin, AgentRole.Trainer, IsFirstUse: true)),
            ["signed in"] = Accepted(new SignedInUser("olga (https://id)", AdminRole.Operator)),
            ["state: invited"] = State(new EnrolmentStatus.Invited(Grant)),
            ["state: enrolled"] = State(new EnrolmentStatus.Enrolled(Certificate, null, Secret, null)),
            ["state: renewed"] = State(new EnrolmentStatus.Enrolled(Certificate, Certificate, null, Grant), retired),
            ["state: revoked"] = State(new EnrolmentStatus.Revoked(Noon, "olga", "stolen"), retired, retired),
            ["state: expired"] = State(new EnrolmentStatus.Expired(Noon, Grant)),
            ["users"] = new[] { User(used: null, revoked: null), User(Noon, Noon) },
            ["drafts"] = new[] { draft, draft with { Details = [] } },
            ["head"] = new SignedHead(new(5, Hash), Noon, "AA=="),
            ["facts"] = facts,
            ["presence"] = new AgentPresence(IsConnected: true, Noon, facts),
            ["presence with an error"] = new AgentPresence(IsConnected: true, Noon, facts, error),
            ["trouble"] = new AgentTrouble(error, ["one", "zwei"]),
            ["trouble nowhere"] = new AgentTrouble(error with { Run = null, Round = null }, []),
        };
    }

    private static Outcome<T> Accepted<T>(T value)
        where T : notnull => value;

    private static EnrolmentState State(EnrolmentStatus status, params RetiredCertificate[] retired) =>
        new(Berlin, AgentRole.Trainer, status, retired.ToValueList());

    private static UserToken User(DateTimeOffset? used, DateTimeOffset? revoked) =>
        new(Olga, AdminRole.Viewer, Secret, Noon, "the server", Noon.AddDays(90), used, revoked);

    private static IEnumerable<Type> RefusalTypes() => typeof(IdentityRefusal).Assembly.GetTypes()
        .Where(type => !type.IsAbstract && typeof(IdentityRefusal).IsAssignableFrom(type));

    private static IdentityRefusal Make(Type refusal)
    {
        var constructor = Assert.Single(refusal.GetConstructors());
        return (IdentityRefusal)constructor.Invoke(
            [.. constructor.GetParameters().Select(parameter => Sample(parameter.ParameterType))]);
    }

    private static object Sample(Type type) => type switch
    {
        _ when type == typeof(string) => "what \"is\" told",
        _ when type == typeof(DateTimeOffset) => Noon,
        _ when type == typeof(AgentId) => Berlin,
        _ when type == typeof(UserName) => Olga,
        _ when type == typeof(BlobHash) => Hash,
        _ when type == typeof(SerialNumber) => Serial,
        _ when type == typeof(AdminRole) => AdminRole.Operator,
        _ when type == typeof(AdminAction) => Enum.GetValues<AdminAction>()[^1],
        _ => throw new ArgumentException($"there is no sample of {type}", nameof(type)),
    };

    private object Sent(object value)
    {
        var serializer = services.GetRequiredService<Serializer>();
        return serializer.Deserialize<object>(serializer.SerializeToArray(value))!;
    }
}
