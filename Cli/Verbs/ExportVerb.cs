using System.CommandLine;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using FedLowRank.Cli.Exports;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Training.Models;

namespace FedLowRank.Cli.Verbs;

/// <summary><c>runs export</c>: the adapter after a round as a folder that Hugging Face PEFT loads.</summary>
internal static class ExportVerb
{
    public static Command Create(CommandHost host)
    {
        var run = RunsVerbs.RunArgument();
        var round = RunsVerbs.RoundOption("--round", "After which round; 0 is the start. [default: the last]");
        var output = new Option<string>("--output")
        {
            Description = "The folder.",
            HelpName = "folder",
            Required = true,
        };
        var model = new Option<string?>("--model")
        {
            Description = "Folder of the base model: its hash is checked, and PEFT is told where it is.",
            HelpName = "folder",
        };
        return AdminVerb.Create(
            host, "export", "Write the adapter after a round as a folder for Hugging Face PEFT.",
            [run, round, output, model],
            (session, token) => RunAsync(
                session, session.Get(run), session.Get(round), (session.Get(output)!, session.Get(model)), token));
    }

    private static async Task RunAsync(
        AdminSession session, RunId run, int? wanted, (string Output, string? Model) folders,
        CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(folders.Output);
        if (Path.Exists(folder))
            throw AdminException.BadInput("folder-exists", $"{folder} is there already; name a new folder");
        using var client = await session.ConnectAsync(cancellationToken);
        var (state, _) = await RunCalls.StateAsync(client, run, cancellationToken);
        var round = wanted ?? state.LastRound;
        var hash = state.CheckpointOf(round) ?? throw AdminException.NotFound(
            $"{run} has no checkpoint of round {round}; the last is of round {state.LastRound}");
        var source = await CheckpointSource.FindAsync(client, run, hash, cancellationToken);
        var (manifest, parts) = await source.ReadAsync(cancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        await CheckpointExport.WriteAsync(
            source.Signed, manifest, parts, Options(session.Host, manifest, folders.Model), folder, cancellationToken);
        session.Answer(new ExportLine(run, round, hash, folder), AdminJson.Default.ExportLine, console =>
        {
            console.Say(
                $"{folder}: the adapter of {run} after round {round}, signed at {RunTexts.Time(source.Signed.At)}");
            console.Say($"load it with: PeftModel.from_pretrained(base, \"{folder}\")");
        });
    }

    private static PeftExportOptions Options(CommandHost host, CheckpointManifest manifest, string? model)
    {
        var plan = manifest.Plan.Round;
        if (model is not null && host.HashModel(model) is var hash && hash != plan.BaseModel)
        {
            throw AdminException.BadInput(
                "wrong-model", $"{model} has hash {hash}; the run was trained on {plan.BaseModel}");
        }

        return CheckpointExport.DefaultOptions(manifest) with
        {
            BaseModel = model,
            FanInFanOut = model is not null && ModelConfig.Read(Path.Combine(model, "config.json")) is
                DecoderConfig { Family: DecoderFamily.Gpt2 },
        };
    }
}
