using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>What stands in the fields of a form, as text.</summary>
public sealed class DraftValues
{
    private readonly Dictionary<string, string> texts;

    private DraftValues(Func<DraftField, string> textOf) =>
        texts = DraftFields.All.ToDictionary(field => field.Name, textOf, StringComparer.Ordinal);

    /// <summary>What stands there at first.</summary>
    public static DraftValues Initial { get; } = new(field => field.Initial);

    /// <summary>The text of a field, without space around it.</summary>
    public string this[string field] => texts[field];

    /// <summary>What was sent; what was not is empty.</summary>
    public static DraftValues Of(IFormCollection form) => new(field => form[field.Name].ToString().Trim());

    /// <summary>These, but for those that are given.</summary>
    public DraftValues With(IReadOnlyDictionary<string, string> others) =>
        new(field => others.GetValueOrDefault(field.Name) ?? texts[field.Name]);

    /// <summary>The lines of a field that are not empty.</summary>
    public IEnumerable<string> Lines(string field) =>
        texts[field].Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
