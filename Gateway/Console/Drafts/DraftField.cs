namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>A field of the form for a new run.</summary>
/// <param name="Name">Of a field of the run file, its path there.</param>
/// <param name="Label">Unit included.</param>
/// <param name="Kind">How it is written.</param>
/// <param name="Initial">What stands in it at first; empty leaves it to the run file's own default.</param>
public sealed record DraftField(string Name, string Label, FieldKind Kind, string Initial)
{
    /// <summary>A sentence or two.</summary>
    public string Help { get; init; } = "";

    /// <summary>What it may be, where it is a choice; the values as in the run file.</summary>
    public IReadOnlyList<(string Value, string Label)> Choices { get; init; } = [];

    /// <summary>True where it is part of the run file.</summary>
    public bool IsInFile { get; init; } = true;

    /// <summary>True where the run file says it even if it is empty, for its reader to complain of.</summary>
    public bool IsAlwaysWritten { get; init; }

    /// <summary>True where the start depends on it, so that whoever takes another run's start takes this too.</summary>
    public bool IsOfStart { get; init; }

    /// <summary>True where most runs leave it as it is, so that it is shown on demand.</summary>
    public bool IsRare => DraftFields.IsRare(Name);

    /// <summary>Of its element.</summary>
    public string Id => Name.Replace('.', '-');

    /// <summary>Of the element with what is wrong with it.</summary>
    public string ProblemId => $"{Id}-problem";

    /// <summary>Of the element that explains it.</summary>
    public string HelpId => $"{Id}-help";
}
