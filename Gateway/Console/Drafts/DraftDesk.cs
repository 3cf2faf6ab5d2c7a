using System.Diagnostics;
using System.Globalization;
using System.Text;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Gateway.Hosting;
using FedLowRank.Privacy.Accounting;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>
/// Judges forms for new runs, and makes the runs. A run file is read and planned by the same code as on the command
/// line; what only the base model's sizes are needed for is done here, what needs its weights is not.
/// </summary>
internal sealed class DraftDesk(IFederation federation, IBlobStore blobs, GatewayParts parts) : IDisposable
{
    /// <summary>Largest start that is computed here: it is all in memory, and a request waits for it.</summary>
    public const long StartBytesMax = 64 << 20;

    private const string Source = "the form";
    private static readonly RememberingAccountant Accountant = new(new RdpAccountant());

    private readonly SemaphoreSlim turn = new(1);

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    /// <summary>A run whose start can be taken.</summary>
    /// <exception cref="BadHttpRequestException">There is no such run, or it began amid another.</exception>
    public async Task<DraftTemplate> TemplateAsync(string run, CancellationToken cancellationToken)
    {
        if (await federation.Runs.FindAsync(Names.Run(run), cancellationToken) is not { } state)
            throw new BadHttpRequestException($"there is no run {run}", StatusCodes.Status404NotFound);
        var reader = new CheckpointReader(blobs);
        var manifest = await reader.ReadManifestAsync(state.Origin.Checkpoint, cancellationToken);
        return manifest is { Round: null, Parts: [var start] }
            ? new(state, start, await reader.ReadShapeAsync(manifest, cancellationToken))
            : throw new BadHttpRequestException(
                $"{run} began at a checkpoint of another run; fork that one instead", StatusCodes.Status409Conflict);
    }

    /// <summary>The form as it is at first.</summary>
    public static DraftValues Prefilled(DraftTemplate? template) => template is null
        ? DraftValues.Initial
        : DraftValues.Initial.With(PlanFields.Of(template.Run.Plan, Accountant)).With(template.Fixed());

    /// <summary>All that can be said of a form.</summary>
    /// <param name="values">What stands in it; what a template fixes is the template's, whatever was sent.</param>
    /// <param name="template">The run whose start it takes.</param>
    /// <param name="isAsked">Whether somebody asked for a verdict.</param>
    /// <param name="cancellationToken">Nobody waits for the verdict any more.</param>
    public async Task<RunDraft> JudgeAsync(
        DraftValues values, DraftTemplate? template, bool isAsked, CancellationToken cancellationToken)
    {
        // Noise takes up to seconds of a core to calibrate, and a form is judged with every pause in the typing.
        await turn.WaitAsync(cancellationToken);
        try
        {
            return Judge(values, template, isAsked);
        }
        finally
        {
            turn.Release();
        }
    }

    private RunDraft Judge(DraftValues values, DraftTemplate? template, bool isAsked)
    {
        if (template is not null) values = values.With(template.Fixed());
        var faults = new List<(string Path, string Message)>();
        RequireName(values, faults);
        var config = Try(
            faults, () => RunConfigFile.Parse(RunFile.Write(values), Source, AppContext.BaseDirectory));
        var examples = ExamplesOf(values, faults);
        var model = template is null ? ModelOf(values, faults) : null;
        var hash = HashOf(values, faults);
        var shape = template?.Shape ?? (config is null || model is null ? null : ShapeOf(config, model, faults));
        var plan = config is null || shape is null
            ? null
            : Try(faults, () => RunPlanner.Plan(config, hash ?? default, shape, Accountant));
        if (template?.Run is { } like && plan?.Round.Task.Labels.Equals(like.Plan.Round.Task.Labels) == false)
            faults.Add(("", $"the labels of {like.Id} have space around them or line breaks; use its run file"));
        var privacy = config is null || plan is not null
            ? plan?.Round.Privacy
            : Try(faults, () => RunPlanner.PrivacyOf(config, Accountant));
        var sizes = plan is null || shape is null ? null : DraftSizes.Of(plan, shape, model?.LinearWeights);
        var isPlanned = config is not null && (privacy is not null || config.Privacy is null);
        return new()
        {
            Values = values,
            Template = template,
            Config = config,
            Shape = shape,
            Plan = hash is null ? null : plan,
            Figures = isPlanned ? DraftFigures.Of(config!, privacy, examples, sizes, Accountant) : null,
            Faults = InOrder(faults),
            IsAsked = isAsked,
        };
    }

    /// <summary>What keeps a form's start from being made here; null where nothing does.</summary>
    public static DraftFault? StartFault(RunDraft draft)
    {
        if (draft.Template is not null || draft is not { Config: { } config, Shape: { } shape }) return null;
        if (!FreshStart.Suffices(config.Method.Start))
        {
            return new(
                DraftFields.Of(DraftFields.Start),
                $"is {ConfigObject.InJson(config.Method.Start)}, which looks at the model's weights, and this server " +
                "never holds them: save the file and give it to fedlowrank runs create, where the model is");
        }

        var bytes = sizeof(double) * (long)shape.Layout().Count;
        return bytes <= StartBytesMax
            ? null
            : new(
                DraftFields.Of("lora.rank"), string.Create(
                    CultureInfo.InvariantCulture,
                    $"makes a start of {bytes} bytes; expected at most {StartBytesMax} here: save the file and give " +
                    $"it to fedlowrank runs create"));
    }

    /// <summary>Makes the start and the draft of a form without faults.</summary>
    /// <param name="draft">The form.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<RunCreation> CreateAsync(RunDraft draft, string by, CancellationToken cancellationToken)
    {
        if (draft is not { Faults.Count: 0, Plan: { } plan })
            throw new UnreachableException("a form with faults is no run");
        var start = draft.Template?.Start ?? await MakeStartAsync(draft, cancellationToken);
        var order = new NewRun(new(draft.Values[DraftFields.Run]), plan, start);
        return await federation.Runs.CreateAsync(order, by, cancellationToken);
    }

    private async Task<BlobHash> MakeStartAsync(RunDraft draft, CancellationToken cancellationToken)
    {
        var config = draft.Config!;
        var model = parts.ReadModel(Encoding.UTF8.GetBytes(draft.Values[DraftFields.BaseConfig]));
        var fresh = new FreshStart(config.StartTerms, model);
        using var file = new MemoryStream();
        AdapterFile.Write(fresh.Create(fresh.Layers(), HeadOf(config, model)), file);
        return (await blobs.PutAsync(file, cancellationToken)).Hash;
    }

    private static IReadOnlyList<TensorSpec> HeadOf(RunConfig config, IBaseModelShape model) =>
        config.Labels is { } labels ? model.HeadFor(labels.Count) : [];

    private static AdapterShape? ShapeOf(
        RunConfig config, IBaseModelShape model, List<(string Path, string Message)> faults)
    {
        try
        {
            var fresh = new FreshStart(config.StartTerms, model);
            var shape = fresh.Shape(fresh.Layers(), HeadOf(config, model));

            // Sides that are too long for a tensor show here.
            _ = shape.Layout();
            return shape;
        }
        catch (ConfigException fault)
        {
            faults.AddRange(fault.Errors.Select(error => (error.Path, error.Message)));
        }
        catch (Exception fault) when (fault is ArgumentException or OverflowException)
        {
            faults.Add((DraftFields.BaseConfig, $"gives an adapter out of its limits: {fault.Message}"));
        }

        return null;
    }

    private IBaseModelShape? ModelOf(DraftValues values, List<(string Path, string Message)> faults)
    {
        var text = values[DraftFields.BaseConfig];
        try
        {
            if (text.Length > 0) return parts.ReadModel(Encoding.UTF8.GetBytes(text));
            faults.Add((DraftFields.BaseConfig, "is missing; expected the content of the model's config.json"));
        }
        catch (FormatException fault)
        {
            faults.Add((DraftFields.BaseConfig, $"cannot be used: {fault.Message}"));
        }

        return null;
    }

    private static BlobHash? HashOf(DraftValues values, List<(string Path, string Message)> faults)
    {
        var text = values[DraftFields.BaseHash];
        try
        {
            if (text.Length > 0) return BlobHash.Parse(text);
            faults.Add((DraftFields.BaseHash, "is missing; expected 64 lower-case hexadecimal digits"));
        }
        catch (FormatException fault)
        {
            faults.Add((DraftFields.BaseHash, fault.Message));
        }

        return null;
    }

    private static int? ExamplesOf(DraftValues values, List<(string Path, string Message)> faults)
    {
        var text = values[DraftFields.Examples];
        if (text.Length == 0) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var examples) && examples > 0)
            return examples;
        faults.Add((DraftFields.Examples, $"must be a whole number from 1 to {int.MaxValue}, or empty"));
        return null;
    }

    private static void RequireName(DraftValues values, List<(string Path, string Message)> faults)
    {
        try
        {
            _ = new RunId(values[DraftFields.Run]);
        }
        catch (ArgumentException fault)
        {
            faults.Add((
                DraftFields.Run,
                values[DraftFields.Run].Length == 0 ? "is missing; expected a name" : ConfigException.TextOf(fault)));
        }
    }

    private static T? Try<T>(List<(string Path, string Message)> faults, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (ConfigException fault)
        {
            faults.AddRange(fault.Errors.Select(error => (error.Path, error.Message)));
            return null;
        }
    }

    private static List<DraftFault> InOrder(List<(string Path, string Message)> faults)
    {
        var order = DraftFields.All.ToList();
        return
        [
            .. faults.Distinct().Select(fault => new DraftFault(DraftFields.Of(fault.Path), fault.Message))
                .OrderBy(fault => fault.Field is { } field ? order.IndexOf(field) : -1),
        ];
    }
}
