using FedLowRank.Aggregation.Rounds.States;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Demo.Servers;
using FedLowRank.Cli.Verbs;
using FedLowRank.Cli.Watching;
using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Cli.Demo;

/// <summary><c>up</c>: a cluster with agents and a run on it, to try things on until it is told to stop.</summary>
internal sealed class UpDemo(CommandHost host, DemoOptions options)
{
    private readonly SampleRun run = new(host, options);

    /// <summary>Runs it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var site = new DemoSite(options, cancellationToken);
        var served = await site.Server.StartAsync(run.Say, cancellationToken);
        using (var client = await AdminClient.ConnectAsync(
            ProfileFile.Read(site.Server.Profile), host.Time, cancellationToken))
        {
            await run.StartAsync(site, client, cancellationToken);
            await FirstRoundAsync(client, cancellationToken);
        }

        Tell(served, site);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, host.Time, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // How it ends well.
        }
    }

    private async Task FirstRoundAsync(AdminClient client, CancellationToken cancellationToken)
    {
        var runBegan = host.Time.GetTimestamp();
        RunState? last = null;
        await new RunFollower(client, host.Time).FollowAsync(
            SampleRun.Id,
            state =>
            {
                last = state;
                return state.History.Count > 0 || SampleRun.IsOver(state);
            },
            run.Say,
            cancellationToken);
        if (last!.History.Count == 0) throw new InvalidOperationException($"the run is {RunTexts.Status(last)}");
        run.Tell(last, last.History[0], runBegan);
    }

    private void Tell(ServedAddresses served, DemoSite site)
    {
        host.Output.WriteLine($"up, and the run '{SampleRun.Id}' goes on");
        host.Output.WriteLine($"  agents  {served.Agents}");
        host.Output.WriteLine($"  admin   {served.Admin}");
        host.Output.WriteLine($"  owner's profile  {site.Server.Profile}");
        host.Output.WriteLine($"  logs  {site.Logs}");
        host.Output.WriteLine("next, in another terminal:");
        host.Output.WriteLine($"  export {ProfilePlaces.VariableName}={site.Server.Profile}");
        host.Output.WriteLine($"  ./fed runs watch {SampleRun.Id}");
        host.Output.WriteLine("  ./fed agents list");
        host.Output.WriteLine("Ctrl-C ends everything and leaves nothing but the logs");
        host.Output.Flush();
    }
}
