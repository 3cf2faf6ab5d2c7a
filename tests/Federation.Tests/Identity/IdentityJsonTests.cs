using System.Text;
using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Json;
using FedLowRank.Federation.Identity.Secrets;

namespace FedLowRank.Federation.Tests.Identity;

/// <summary>
/// Goal: a stored enrolment is read whole or not at all. Method: one with all there is in it, with members added, taken
/// out and changed. That every state and event survives the round trip is shown with the machines.
/// </summary>
public class IdentityJsonTests
{
    private static readonly string Json = Encoding.UTF8.GetString(IdentityJson.Write(Full()));

    [Fact]
    public void An_unknown_member_anywhere_is_refused()
    {
        var openings = Enumerable.Range(1, Json.Length - 1).Where(i => Json[i] == '{').ToList();
        Assert.Equal(6, openings.Count);
        foreach (var opening in openings)
        {
            // What tells the cases of a union apart must stay first.
            var at = Json.IndexOf(',', opening);
            Assert.Throws<JsonException>(() => Read(Json.Insert(at, ",\"extra\":1")));
        }
    }

    [Theory]
    [InlineData("\"schema\":1", "\"schema\":2", "schema is 2; this build reads 1")]
    [InlineData("\"schema\":1", "\"version\":1", "the first member must be the number 'schema'")]
    [InlineData("\"role\":\"trainer\"", "\"role\":0", "role")]
    [InlineData("\"role\":\"trainer\",", "", "role")]
    [InlineData("\"agent\":\"Berlin.01\"", "\"agent\":\"a b\"", "use 1 to 64 letters")]
    [InlineData("\"agent\":\"Berlin.01\"", "\"agent\":null", "agent")]
    [InlineData("\"serial\":\"00", "\"serial\":\"0", "use 32 lower-case hexadecimal digits")]
    [InlineData("\"token\":\"00", "\"token\":\"0G", "use 64 lower-case hexadecimal digits")]
    [InlineData("\"type\":\"enrolled\"", "\"type\":\"trusted\"", "type")]
    [InlineData("\"type\":\"enrolled\",", "", "$.value.status: the first member must be 'type'")]
    [InlineData("\"retired\":[", "\"retired\":[null,", "null")]
    public void What_is_wrong_is_said(string old, string wrong, string message)
    {
        var at = Json.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, old);
        var error = Assert.Throws<JsonException>(() => Read(Json.Remove(at, old.Length).Insert(at, wrong)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"schema\":1}")]
    [InlineData("{\"schema\":1,\"value\":null}")]
    public void What_is_no_state_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    [Fact]
    public void A_token_is_not_in_it()
    {
        var token = SecretToken.Create(Sample.Random);
        var content = new byte[32];
        token.CopyTo(content);
        var stored = Encoding.UTF8.GetString(IdentityJson.Write(Full(token.Hash())));
        Assert.Contains(token.Hash().ToString(), stored, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(content), stored, StringComparison.OrdinalIgnoreCase);
    }

    private static EnrolmentState Read(string json) => IdentityJson.ReadEnrolment(Encoding.UTF8.GetBytes(json));

    private static EnrolmentState Full(TokenHash? token = null)
    {
        IssuedCertificate Certificate(int serial) => new(
            Sample.Berlin, new SerialNumber((UInt128)serial), Sample.Noon, Sample.Noon.AddDays(1), default, "pem");
        var invite = new InviteGrant(token ?? default, AgentRole.Evaluator, Sample.Noon.AddDays(2), "olga");
        var status = new EnrolmentStatus.Enrolled(Certificate(1), Certificate(2), Redeemed: null, invite);
        return new(
            Sample.Berlin, AgentRole.Trainer, status, [new(new SerialNumber(3), Sample.Noon.AddDays(1), true)]);
    }
}
