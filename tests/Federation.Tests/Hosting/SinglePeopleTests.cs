using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>
/// Goal: people in the single process, and what its journal may do to them. Method: the suite that every implementation
/// runs, and faults of the journal at chosen appends.
/// </summary>
public sealed class SinglePeopleTests : PeopleSuite
{
    private SingleWorld Single => (SingleWorld)World;

    [Fact]
    public async Task A_revocation_that_could_not_be_stored_is_not_answered_and_takes_effect_when_asked_again()
    {
        var certificate = await EnrolAsync();
        Fail("agents/berlin", FaultyJournal.Fault.BeforeItHappened);
        await Assert.ThrowsAsync<JournalException>(() => RevokeAsync());
        Accepted(await Agents.AdmitAsync(certificate, Token));
        Fail("", FaultyJournal.Fault.None);
        Assert.Null(await RevokeAsync());
        Refused<Admission, CertificateRefusal.Revoked>(await Agents.AdmitAsync(certificate, Token));
    }

    [Fact]
    public async Task A_revocation_of_which_nobody_knows_whether_it_was_stored_is_looked_up()
    {
        var certificate = await EnrolAsync();
        Single.Journal.FailsToRead = stream => stream == "agents/berlin";
        Fail("agents/berlin", FaultyJournal.Fault.AfterItHappened);
        await Assert.ThrowsAsync<JournalException>(() => RevokeAsync());
        Single.Journal.FailsToRead = _ => false;
        Fail("", FaultyJournal.Fault.None);
        Assert.IsType<EnrolmentRefusal.AlreadyRevoked>(await RevokeAsync());
        Refused<Admission, CertificateRefusal.Revoked>(await Agents.AdmitAsync(certificate, Token));
    }

    [Fact]
    public async Task Nothing_is_changed_without_its_entry_in_the_audit_log()
    {
        var certificate = await EnrolAsync();
        Fail("audit", FaultyJournal.Fault.BeforeItHappened);
        await Assert.ThrowsAsync<JournalException>(() => RevokeAsync());
        Accepted(await Agents.AdmitAsync(certificate, Token));
        Fail("audit", FaultyJournal.Fault.AfterItHappened);
        Assert.Null(await RevokeAsync());
    }

    [Fact]
    public async Task An_owner_signs_in_although_the_last_use_cannot_be_stored()
    {
        var owner = (await Users.BootstrapAsync(Token))!;
        Fail("users", FaultyJournal.Fault.BeforeItHappened);
        Accepted(await Users.SignInAsync(owner, Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_audit_log_that_is_not_the_one_that_was_signed_keeps_the_server_from_starting(bool isForged)
    {
        await EnrolAsync();
        await World.Federation.Audit.SignHeadAsync(Token);
        var error = await Assert.ThrowsAsync<JournalException>(() => Single.RestartAsync(isCrash: false, CutAsync));
        Assert.Equal(JournalError.Damaged, error.Error);
        Assert.Contains("signed", error.Message, StringComparison.Ordinal);

        async Task CutAsync(IJournal journal)
        {
            List<ReadOnlyMemory<byte>> lines = [];
            await foreach (var entry in journal.ReadAsync(new("audit"), 1, Token)) lines.Add(entry.Payload);
            await journal.DeleteAsync(new("audit"), Token);
            lines.RemoveAt(lines.Count - 1);
            if (isForged) lines.Add("{}"u8.ToArray());
            await journal.AppendAsync(new("audit"), 0, lines, Token);
        }
    }

    protected override async Task<FederationWorld> OpenAsync() => await SingleWorld.OpenAsync();

    private Task<IdentityRefusal?> RevokeAsync() => Agents.RevokeAsync(new("berlin"), "stolen", "olga", Token);

    private void Fail(string stream, FaultyJournal.Fault fault) =>
        Single.Journal.OnAppend = name => name == stream ? fault : FaultyJournal.Fault.None;
}
