using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Status;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Federation.Identity.Files;
using FedLowRank.Federation.Wire;
using FedLowRank.Training.Data;

namespace FedLowRank.ClientAgent.Doctor;

/// <summary>Identity, server and clock; and the plans of the runs that the agent knows.</summary>
internal sealed class ServerChecks(AgentHost host, AgentFolder folder)
{
    private static readonly TimeSpan SkewWarning = TimeSpan.FromSeconds(30);

    /// <summary>The plans that the server gave out, by run; filled by <see cref="RunAsync"/>.</summary>
    public Dictionary<RunId, RunPlan> Plans { get; } = [];

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        try
        {
            var timings = host.Timings with { Request = TimeSpan.FromSeconds(10) };
            using var session = new ServerSession(folder, new DurableFile(), timings, host.Time);
            findings.Add(Certificate(session));
            var channel = new AgentChannel(session, timings, host.Time);
            var self = await channel.SelfAsync(cancellation);
            findings.Add(Finding.Ok(
                "server", $"admits this agent as {self.Agent} ({self.Role}); its version is {self.Version}"));
            findings.Add(Clock(self));
            await ReadPlansAsync(channel, findings, cancellation);
        }
        catch (Exception error) when (error is NotAdmittedException or IdentityFileException or InputFileException)
        {
            findings.Add(Finding.Fail("identity", error.Message, "ask the operator for an invite and enrol"));
        }
        catch (Exception error) when (error is RefusedException || Backoff.IsPassing(error, cancellation))
        {
            findings.Add(Finding.Fail(
                "server", $"cannot be reached: {error.Message} {error.InnerException?.Message}".TrimEnd(),
                "check address, network and proxy, and that the server runs"));
        }

        return findings;
    }

    private Finding Certificate(ServerSession session)
    {
        if (session.Identity.RefusalAt(host.Time.GetUtcNow()) is { } refusal)
            return Finding.Fail("certificate", refusal.Message, "set the clock, or enrol with a new invite");
        var (now, renewAt) = (host.Time.GetUtcNow(), session.Identity.RenewAt);
        var dates = FormattableString.Invariant(
            $"expires {session.Identity.Certificate.NotAfter.ToUniversalTime():u}, renews itself from {renewAt:u}");
        return now < renewAt
            ? Finding.Ok("certificate", dates)
            : Finding.Warn("certificate", dates, $"keep '{AgentProgram.Name} run' running: it renews the certificate");
    }

    private Finding Clock(AgentSelf self)
    {
        var skew = (host.Time.GetUtcNow() - self.Now).Duration();
        var message = FormattableString.Invariant($"differs from the server's by {skew.TotalSeconds:0.#} s");
        const string Advice = "set the clock of this machine, or the server's, for example with NTP";
        return skew < SkewWarning
            ? Finding.Ok("clock", message)
            : skew < CertificateLifetimes.ClockSkew
                ? Finding.Warn("clock", message, Advice)
                : Finding.Fail("clock", message, Advice);
    }

    private async Task ReadPlansAsync(AgentChannel channel, List<Finding> findings, CancellationToken cancellation)
    {
        foreach (var order in StatusReader.ReadNote(folder)?.Orders ?? [])
        {
            try
            {
                Plans[order.Run] = await channel.PlanAsync(order.Run, cancellation);
            }
            catch (UnknownPlanException error)
            {
                findings.Add(Finding.Fail($"run {order.Run}", error.Message, "upgrade this agent"));
            }
            catch (RefusedException error)
            {
                findings.Add(Finding.Warn(
                    $"run {order.Run}", $"its plan is not to be had: {error.Message}", "nothing, if the run is over"));
            }
        }
    }
}
