using System.Diagnostics.CodeAnalysis;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Hosting;
using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Hosting.People;
using FedLowRank.Federation.Identity;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Secrets;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Grains.Agents;
using FedLowRank.Grains.Faults;
using FedLowRank.Grains.Front;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace FedLowRank.Grains.People;

/// <summary>Holds an agent's enrolment in memory and writes it into the journal.</summary>
/// <remarks>
/// <para>
/// Reentrant: changes take their turn in the enrolment itself, and whether a certificate is admitted is answered from
/// the durable state while a change is being written. Calls cannot be cancelled: a front stops waiting, and what it
/// asked for happens.
/// </para>
/// <para>
/// Placed at random: enrolments are many and small, and a list of all agents must not gather them on one silo. An
/// activation stays while the agent holds a certificate, so that it is cut off when the certificate runs out; else it
/// goes after a quarter of an hour, and that of a stranger at once, so that names without an invite fill no memory.
/// </para>
/// <para>
/// There may be two activations for as long as a cluster takes to notice that it is parted. Only one can write: the
/// other finds that the stream does not end where it should, and ends without an answer. So that it admits nobody for
/// long whom the one has revoked, it looks every some seconds where the stream ends before it answers from memory.
/// </para>
/// </remarks>
[Reentrant, RandomPlacement, CollectionAgeLimit(Minutes = 15), GrainType("fedlowrank.enrolment")]
[SuppressMessage("Design", "CA1001", Justification = "What it holds is disposed of when it is deactivated.")]
internal sealed partial class EnrolmentGrain(GrainParts parts, ILoggerFactory logging) : Grain, IEnrolmentGrain
{
    private const string Expiring = "letting an enrolment run out";
    private static readonly TimeSpan ExpireEvery = TimeSpan.FromMinutes(1);

    private readonly ILogger logger = logging.CreateLogger<EnrolmentGrain>();
    private CutOffNews news = null!;
    private Enrolment enrolment = null!;
    private NewestState newest = null!;
    private Chore? chore;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var agent = new AgentId(this.GetPrimaryKeyString());
        var stream = Enrolment.NewStream(parts.Journal, agent, parts.SnapshotEntries, logger);
        await stream.LoadAsync(cancellationToken);
        news = new(GrainFactory, logger);
        enrolment = new(agent, stream, new GrainAudit(GrainFactory, logger), parts.Time, news.Tell);
        newest = new(parts.Time, enrolment.RequireNewestAsync);
        try
        {
            await ExpireAsync();
        }
        catch (StreamConflictException error)
        {
            throw new ActivationLostException(error.Message);
        }
        catch (JournalException error)
        {
            // Nobody is admitted by it: the rules look at the clock with each question.
            HostLog.ChoreFailed(logger, Expiring, error);
        }

        chore = new(GrainContext, Expiring, ExpireEvery, parts.Time, ExpireAsync, logger);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (chore is null) return;
        await chore.DisposeAsync();
        await enrolment.DisposeAsync();
        await news.ToldAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Outcome<DateTimeOffset>> InviteAsync(TokenHash token, AgentRole role, TimeSpan lifetime, string by) =>
        AskAsync(() => enrolment.InviteAsync(token, role, lifetime, by));

    /// <inheritdoc/>
    public Task<Outcome<IssuedCertificate>> RedeemAsync(TokenHash token, IssuedCertificate fresh) =>
        AskAsync(() => enrolment.RedeemAsync(token, fresh));

    /// <inheritdoc/>
    public Task<Outcome<IssuedCertificate>> RenewAsync(SerialNumber with, IssuedCertificate fresh) =>
        AskAsync(() => enrolment.RenewAsync(with, fresh));

    /// <inheritdoc/>
    public Task<Outcome<Admission>> AdmitAsync(AgentCertificate certificate) =>
        AskAsync(() => enrolment.AdmitAsync(certificate));

    /// <inheritdoc/>
    public Task<IdentityRefusal?> RevokeAsync(string reason, string by) => AskAsync(async () =>
    {
        try
        {
            var refusal = await enrolment.RevokeAsync(reason, by);
            if (refusal is EnrolmentRefusal.AlreadyRevoked) TellAgain();
            return refusal;
        }
        finally
        {
            // Even where storing failed, for it may have happened. A revocation that was answered was told.
            await EndOrdersAsync();
            await news.ToldAsync(CancellationToken.None);
        }
    });

    /// <inheritdoc/>
    public Task<EnrolmentState?> StateAsync() => AskAsync(() => Task.FromResult(enrolment.State));

    private async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            await newest.RequireAsync();
            return await ask();
        }
        finally
        {
            if (enrolment.State is null) DeactivateOnIdle();
            else StayWhileCertified();
        }
    }

    private async Task ExpireAsync()
    {
        StayWhileCertified();
        await enrolment.ExpireAsync();
    }

    private void StayWhileCertified()
    {
        if (enrolment.State?.Status is EnrolmentStatus.Enrolled) DelayDeactivation(2 * ExpireEvery);
    }

    /// <summary>The activation that revoked may have died before it could tell.</summary>
    private void TellAgain()
    {
        foreach (var retired in enrolment.State!.Retired.Where(retired => retired.IsRevoked)) news.Tell(retired.Serial);
    }

    private async Task EndOrdersAsync()
    {
        var agent = this.GetPrimaryKeyString();
        try
        {
            await Retry.BrieflyAsync(GrainFactory.GetGrain<IAgentGrain>(agent).EndAsync, CancellationToken.None);
        }
        catch (Exception error)
        {
            NotEnded(logger, agent, error);
        }
    }

    [LoggerMessage(6101, LogLevel.Error, "The orders of {Agent}, which is revoked, could not be ended.")]
    private static partial void NotEnded(ILogger logger, string agent, Exception error);
}
