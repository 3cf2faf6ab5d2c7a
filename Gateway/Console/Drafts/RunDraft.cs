using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Planning;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>A form for a new run, with all that can be said of it before anything is made.</summary>
public sealed record RunDraft
{
    /// <summary>What stands in it.</summary>
    public required DraftValues Values { get; init; }

    /// <summary>The run whose start it takes; null where it has a start of its own.</summary>
    public DraftTemplate? Template { get; init; }

    /// <summary>What keeps it from being made, in the order of the form; empty where nothing does.</summary>
    public required IReadOnlyList<DraftFault> Faults { get; init; }

    /// <summary>The run file that it stands for; null where that has faults.</summary>
    public RunConfig? Config { get; init; }

    /// <summary>What the run starts from; null where that is not known.</summary>
    public AdapterShape? Shape { get; init; }

    /// <summary>What the run is to do; null where the form has faults that keep it from being known.</summary>
    public RunPlan? Plan { get; init; }

    /// <summary>Foretold; null where too little is known.</summary>
    public DraftFigures? Figures { get; init; }

    /// <summary>
    /// Whether somebody asked for a verdict, so that empty fields are told too; not while they are still typing.
    /// </summary>
    public bool IsAsked { get; init; }

    /// <summary>What is told at a field; empty where nothing is.</summary>
    public string ProblemAt(DraftField field) =>
        IsTold(field) && Faults.FirstOrDefault(fault => fault.Field == field) is { } found ? found.Message : "";

    /// <summary>What is told above the form.</summary>
    public IEnumerable<DraftFault> Told() => Faults.Where(fault => IsTold(fault.Field));

    /// <summary>Fields that are empty and must not stay so.</summary>
    public IEnumerable<DraftField> Missing() =>
        Faults.Select(fault => fault.Field).OfType<DraftField>().Where(field => !IsTold(field)).Distinct();

    /// <summary>Whether the command line takes its run file, whatever else stands in the form.</summary>
    public bool CanBeSaved =>
        Template is null && Config is not null && Faults.All(fault => fault.Field is { IsInFile: false });

    private bool IsTold(DraftField? field) => IsAsked || field is null || Values[field.Name].Length > 0;
}
