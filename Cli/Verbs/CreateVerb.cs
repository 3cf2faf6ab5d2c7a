using System.CommandLine;
using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Runs;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Federation.Wire;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Cli.Verbs;

/// <summary>
/// <c>runs create</c>: computes the start and the noise here, where the base model is, uploads the start and posts the
/// order.
/// </summary>
internal static class CreateVerb
{
    private static readonly RdpAccountant Accountant = new();

    public static Command Create(CommandHost host)
    {
        var run = AdminVerb.Argument<RunId>("name", "Name of the new run.", text => new(text));
        var file = new Option<string>("--file")
        {
            Description = "The run file.",
            HelpName = "run.json",
            Required = true,
        };
        var start = new Option<bool>("--start") { Description = "Start the run at once." };
        return AdminVerb.Create(
            host, "create", "Draft a run from a run file.", [run, file, start],
            (session, token) => RunAsync(session, session.Get(run), session.Get(file)!, session.Get(start), token));
    }

    private static async Task RunAsync(
        AdminSession session, RunId run, string file, bool isStarted, CancellationToken cancellationToken)
    {
        // Whatever is wrong with the profile shows before the model is read.
        using var client = await session.ConnectAsync(cancellationToken);
        await client.GetAsync(Routes.Server, WireJson.Default.ServerFacts, cancellationToken);
        var config = RunConfigFile.Read(file);
        var kind = ConfigObject.InJson(config.Method.Start);
        session.Note($"{run}: reading {config.ModelFolder} and computing its {kind} start");
        var adapter = ComputeStart(session.Host, config);
        cancellationToken.ThrowIfCancellationRequested();
        var plan = RunPlanner.Plan(
            config, session.Host.HashModel(config.ModelFolder), AdapterShape.Of(adapter), Accountant);
        var start = await UploadAsync(session, client, adapter, cancellationToken);
        var order = new NewRunRequest(run, plan, start);
        var json = await client.SendAsync(
            () => AdminClient.Message(HttpMethod.Post, Routes.Runs, order, WireJson.Default.NewRunRequest),
            isRepeatable: true, cancellationToken);
        var status = RunCalls.Parse(json).Status.Name;
        if (isStarted)
            status = (await RunCalls.CommandAsync(client, run, new RunCommand.Start(), cancellationToken)).Status;

        Answer(session, order, status, isStarted);
    }

    private static Adapter ComputeStart(CommandHost host, RunConfig config)
    {
        using var model = host.OpenModel(config.ModelFolder, WeightFormat.Full);
        return RunStart.Create(config, model);
    }

    private static async Task<BlobHash> UploadAsync(
        AdminSession session, AdminClient client, Adapter adapter, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 64 << 10,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        AdapterFile.Write(adapter, file);
        await file.FlushAsync(cancellationToken);
        var tenths = -1L;
        return await new Uploads(client).UploadAsync(
            file,
            sent =>
            {
                // A small file needs no bar; a large one says each tenth.
                if (file.Length < 64 << 20 || sent * 10 / file.Length == tenths) return;
                tenths = sent * 10 / file.Length;
                session.Note($"uploaded {tenths * 10} % of {RunTexts.Bytes(file.Length)}");
            },
            cancellationToken);
    }

    private static void Answer(AdminSession session, NewRunRequest order, string status, bool isStarted)
    {
        var (run, plan) = (order.Run, order.Plan);
        var epsilon = EpsilonOf(plan);
        var line = new CreatedLine(
            run, status, order.Start, plan.Round.BaseModel, plan.Round.Privacy?.NoiseMultiplier, epsilon,
            plan.Round.UpdateBytesMax);
        session.Answer(line, AdminJson.Default.CreatedLine, console =>
        {
            console.Say($"{run}: {status}");
            console.Say($"base model {plan.Round.BaseModel}");
            console.Say(plan.Round.Privacy is { } privacy
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"private: noise multiplier {privacy.NoiseMultiplier:0.####}; an agent that is in all " +
                    $"{plan.Rounds} rounds spends epsilon {epsilon:0.###} at delta {privacy.Delta:0.###e+0}")
                : "NOT PRIVATE: updates of this run may give away texts; agents whose owners allow only private runs " +
                    "stay out");
            console.Say(isStarted
                ? $"watch it with: fedlowrank runs watch {run}"
                : $"start it with: fedlowrank runs start {run}");
        });
    }

    private static double? EpsilonOf(RunPlan plan) => plan.Round.Privacy is not { } privacy
        ? null
        : Accountant.Epsilon(
            [
                new MechanismEvent(
                    plan.Round.SamplingRate, privacy.NoiseMultiplier, (long)plan.Rounds * plan.Round.LocalSteps),
            ],
            privacy.Delta);
}
